/// A URL cut at its delimiters. Decoding and checking happen part by part, so that an error can name the part.
struct URLParts {
    struct Option {
        var name: String
        var value: String
    }

    let scheme: String
    let options: [Option]
    private let userinfo: Substring?
    private let hostAndPort: Substring
    private let path: Substring

    init(_ url: String) throws(RedisError) {
        guard let separator = Self.find("://", in: url) else { throw .url("no \"://\" after the scheme") }
        scheme = url[..<separator.lowerBound].lowercased()
        var rest = url[separator.upperBound...]
        // A password that holds one of the delimiters would be cut here, and its rest be quoted as if it were a port.
        if let last = rest.lastIndex(of: "@"), let delimiter = rest.firstIndex(where: { "/?#".contains($0) }),
            delimiter < last
        {
            throw .url(
                "an \"@\" behind a \"/\", \"?\" or \"#\": percent-encode these in user, password, path and options"
            )
        }
        guard !rest.contains("#") else { throw .url("a fragment (\"#\") has no meaning here; write %23") }
        var query: Substring?
        if let mark = rest.firstIndex(of: "?") {
            query = rest[rest.index(after: mark)...]
            rest = rest[..<mark]
        }
        let authority: Substring
        if let slash = rest.firstIndex(of: "/") {
            authority = rest[..<slash]
            path = rest[slash...]
        } else {
            authority = rest
            path = ""
        }
        if let at = authority.lastIndex(of: "@") {
            userinfo = authority[..<at]
            hostAndPort = authority[authority.index(after: at)...]
        } else {
            userinfo = nil
            hostAndPort = authority
        }
        options = try Self.options(query)
    }

    func tcpEndpoint() throws(RedisError) -> Endpoint {
        var host = hostAndPort
        var port: Substring?
        if hostAndPort.first == "[" {
            guard let close = hostAndPort.firstIndex(of: "]") else { throw .url("host has a \"[\" without \"]\"") }
            host = hostAndPort[hostAndPort.index(after: hostAndPort.startIndex)..<close]
            let tail = hostAndPort[hostAndPort.index(after: close)...]
            guard tail.isEmpty || tail.first == ":" else { throw .url("unexpected text after the \"]\" of the host") }
            port = tail.isEmpty ? nil : tail.dropFirst()
            guard host.contains(":") else { throw .url("host in brackets is no IPv6 address") }
        } else if let colon = hostAndPort.firstIndex(of: ":") {
            host = hostAndPort[..<colon]
            port = hostAndPort[hostAndPort.index(after: colon)...]
            if port?.contains(":") == true { throw .url("an IPv6 host has to stand in brackets") }
        }
        let name = try Self.decode(host, part: "host")
        return .tcp(host: name.isEmpty ? "localhost" : name, port: try Self.port(port))
    }

    func unixEndpoint() throws(RedisError) -> Endpoint {
        guard hostAndPort.isEmpty else {
            throw .url("a unix socket has no host; three slashes begin its path: \(scheme):///path")
        }
        let decoded = try Self.decode(path, part: "path")
        guard decoded.utf8.count > 1 else { throw .url("path of the unix socket is empty") }
        return .unix(path: decoded)
    }

    func credentials() throws(RedisError) -> RedisCredentials? {
        guard let userinfo, !userinfo.isEmpty else { return nil }
        guard let colon = userinfo.firstIndex(of: ":") else {
            throw .url("user without a password; write user:password@ or :password@")
        }
        let user = try Self.decode(userinfo[..<colon], part: "user")
        let password = try Self.decode(userinfo[userinfo.index(after: colon)...], part: "password")
        return RedisCredentials(username: user.isEmpty ? nil : user, password: password)
    }

    /// What stands behind the slash of a TCP URL, if anything does.
    var databaseInPath: String? {
        let text = path.dropFirst()
        return text.isEmpty ? nil : String(text)
    }

    private static func options(_ query: Substring?) throws(RedisError) -> [Option] {
        var options: [Option] = []
        for pair in (query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = try decode(parts[0], part: "option name")
            guard parts.count == 2 else { throw .url("an option has no value") }
            options.append(Option(name: name, value: try decode(parts[1], part: "value of an option")))
        }
        return options
    }

    private static func port(_ text: Substring?) throws(RedisError) -> UInt16 {
        guard let text, !text.isEmpty else { return 6379 }
        guard let port = UInt16(text), port > 0, text.first != "+" else {
            // Not quoted: where the host was forgotten, this is the password.
            throw .url("port is not a number from 1 to 65535")
        }
        return port
    }

    /// Undoes percent-encoding. The text of a failure names the part, never its content.
    private static func decode(_ text: Substring, part: String) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexDigit), let low = rest.popFirst().flatMap(hexDigit) else {
                throw .url("\(part) has a \"%\" without two hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = RedisBytes(bytes).text else { throw .url("\(part) is not UTF-8 after percent-decoding") }
        return decoded
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        Unicode.Scalar(byte).properties.isASCIIHexDigit
            ? Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init) : nil
    }

    private static func find(_ text: String, in url: String) -> Range<String.Index>? {
        var index = url.startIndex
        while index < url.endIndex {
            if url[index...].hasPrefix(text) { return index..<url.index(index, offsetBy: text.count) }
            index = url.index(after: index)
        }
        return nil
    }
}

extension RedisError {
    static func url(_ complaint: String) -> RedisError {
        RedisError(.invalidConfiguration, "URL: \(complaint)")
    }
}
