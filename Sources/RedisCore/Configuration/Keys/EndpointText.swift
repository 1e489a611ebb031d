/// Hosts and ports as text has them: `host`, `host:port`, `[IPv6 address]:port`. In a URL they are percent-encoded.
enum EndpointText {
    /// Several, separated by commas. `port` is the port of those without one.
    static func endpoints(
        _ text: Substring,
        port: UInt16,
        isEncoded: Bool
    ) throws(ConfigurationComplaint) -> [RedisEndpoint] {
        let hosts = text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        var endpoints: [RedisEndpoint] = []
        for host in hosts {
            guard !host.isEmpty || hosts.count == 1 && isEncoded else {
                throw .sentence("a host among several is empty")
            }
            endpoints.append(try endpoint(Substring(host), port: port, isEncoded: isEncoded))
        }
        return endpoints
    }

    /// One. No host means `localhost`.
    static func endpoint(
        _ text: Substring,
        port defaultPort: UInt16,
        isEncoded: Bool
    ) throws(ConfigurationComplaint) -> RedisEndpoint {
        var host = text
        var port: Substring?
        if text.utf8.first == UInt8(ascii: "[") {
            guard let (inside, tail) = URLParts.cut(text, at: "]") else {
                throw .sentence("host has a \"[\" without \"]\"")
            }
            host = Substring(inside.utf8.dropFirst())
            guard tail.isEmpty || tail.utf8.first == UInt8(ascii: ":") else {
                throw .sentence("unexpected text after the \"]\" of the host")
            }
            port = tail.isEmpty ? nil : Substring(tail.utf8.dropFirst())
            guard host.utf8.contains(UInt8(ascii: ":")) else {
                throw .sentence("host in brackets is no IPv6 address")
            }
        } else if let (before, behind) = URLParts.cut(text, at: ":") {
            host = before
            port = behind
            guard !behind.utf8.contains(UInt8(ascii: ":")) else {
                throw .sentence("an IPv6 host has to stand in brackets")
            }
        }
        let name = isEncoded ? try URLParts.decode(host, part: "host") : String(host)
        var number = defaultPort
        if let port, !port.isEmpty {
            // The text is not quoted: if the host of a URL is missing, it is the password.
            guard let value = Self.port(port) else { throw .sentence("port is not a number from 1 to 65535") }
            number = value
        }
        return .tcp(host: name.isEmpty ? "localhost" : name, port: number)
    }

    /// A port, unless it is not a number from 1 to 65535.
    static func port(_ text: some StringProtocol) -> UInt16? {
        guard let port = UInt16(text), port > 0, text.first != "+" else { return nil }
        return port
    }
}
