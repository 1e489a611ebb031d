extension URLParts {
    /// The one host of a URL that has one.
    func tcpEndpoint() throws(RedisError) -> RedisEndpoint {
        guard !hostAndPort.utf8.contains(UInt8(ascii: ",")) else {
            throw .url("host has a \",\": several are for a cluster or Sentinels")
        }
        return try Self.endpoint(hostAndPort, port: 6379)
    }

    /// Those of a URL that may have several; `port` is that of hosts without one.
    func tcpEndpoints(port: UInt16) throws(RedisError) -> [RedisEndpoint] {
        let hosts = hostAndPort.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        var endpoints: [RedisEndpoint] = []
        for host in hosts {
            guard !host.isEmpty || hosts.count == 1 else { throw .url("a host among several is empty") }
            endpoints.append(try Self.endpoint(Substring(host), port: port))
        }
        return endpoints
    }

    /// What stands behind the first slash of a URL for Sentinels, and behind the second, if anything does.
    func nameAndDatabase() throws(RedisError) -> (name: String, database: String?) {
        let path = Substring(path.utf8.dropFirst())
        let (text, database) = Self.cut(path, at: "/") ?? (path, "")
        let name = try Self.decode(text, part: "name of the primary")
        guard !name.isEmpty else { throw .url("the name of the primary is missing; it is the path") }
        return (name, database.isEmpty ? nil : String(database))
    }

    private static func endpoint(_ text: Substring, port defaultPort: UInt16) throws(RedisError) -> RedisEndpoint {
        var host = text
        var port: Substring?
        if text.utf8.first == UInt8(ascii: "[") {
            guard let (inside, tail) = cut(text, at: "]") else { throw .url("host has a \"[\" without \"]\"") }
            host = Substring(inside.utf8.dropFirst())
            guard tail.isEmpty || tail.utf8.first == UInt8(ascii: ":") else {
                throw .url("unexpected text after the \"]\" of the host")
            }
            port = tail.isEmpty ? nil : Substring(tail.utf8.dropFirst())
            guard host.utf8.contains(UInt8(ascii: ":")) else { throw .url("host in brackets is no IPv6 address") }
        } else if let (before, behind) = cut(text, at: ":") {
            host = before
            port = behind
            guard !behind.utf8.contains(UInt8(ascii: ":")) else { throw .url("an IPv6 host has to stand in brackets") }
        }
        let name = try decode(host, part: "host")
        return .tcp(host: name.isEmpty ? "localhost" : name, port: try Self.port(port) ?? defaultPort)
    }

    private static func port(_ text: Substring?) throws(RedisError) -> UInt16? {
        guard let text, !text.isEmpty else { return nil }
        guard let port = UInt16(text), port > 0, text.first != "+" else {
            // Not quoted: where the host was forgotten, this is the password.
            throw .url("port is not a number from 1 to 65535")
        }
        return port
    }
}
