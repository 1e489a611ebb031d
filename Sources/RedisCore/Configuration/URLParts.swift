import RedisRESP

/// A URL split at its delimiters. Each part is decoded and checked on its own, so that an error can name the part.
/// Delimiters are searched among the bytes, not among the characters: an accent behind a delimiter makes another
/// character of both, and a password whose end is not found would be taken for text that may be shown.
struct URLParts {
    struct Option {
        var name: String
        var value: String
        /// The position of the value in the URL.
        var place: Range<Int>
    }

    let scheme: String
    let options: [Option]
    private let userinfo: Substring?
    let hostAndPort: Substring
    let path: Substring

    init(_ url: String) throws(ConfigurationComplaint) {
        guard let colon = url.utf8.indices.first(where: { url.utf8[$0...].starts(with: "://".utf8) }) else {
            throw .url("no \"://\" after the scheme")
        }
        scheme = url[..<colon].lowercased()
        guard let first = scheme.utf8.first, Self.isLetter(first), scheme.utf8.allSatisfy(Self.mayStandInScheme) else {
            throw .url("what is before \"://\" is no scheme")
        }
        var rest = url[url.utf8.index(colon, offsetBy: 3)...]
        // A password that contains one of the delimiters would be split here, and its rest be quoted like a port.
        if let last = rest.utf8.lastIndex(of: UInt8(ascii: "@")),
            let delimiter = rest.utf8.firstIndex(where: { "/?#".utf8.contains($0) }), delimiter < last
        {
            throw .url(
                "an \"@\" behind a \"/\", \"?\" or \"#\": percent-encode these in user, password, path and options"
            )
        }
        guard !rest.utf8.contains(UInt8(ascii: "#")) else {
            throw .url("a fragment (\"#\") has no meaning here; write %23")
        }
        var query: Substring?
        if let (before, behind) = Self.cut(rest, at: "?") {
            query = behind
            rest = before
        }
        let authority: Substring
        if let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")) {
            authority = rest[..<slash]
            path = rest[slash...]
        } else {
            authority = rest
            path = ""
        }
        if let at = authority.utf8.lastIndex(of: UInt8(ascii: "@")) {
            userinfo = authority[..<at]
            hostAndPort = authority[authority.utf8.index(after: at)...]
        } else {
            userinfo = nil
            hostAndPort = authority
        }
        options = try Self.options(query, of: url)
    }

    func unixEndpoint() throws(ConfigurationComplaint) -> RedisEndpoint {
        guard hostAndPort.isEmpty else {
            throw .url("a unix socket has no host; three slashes begin its path: \(scheme):///path")
        }
        let decoded = try Self.decode(path, part: "path")
        guard decoded.utf8.count > 1 else { throw .url("path of the unix socket is empty") }
        return .unix(path: decoded)
    }

    /// User and password; each `nil` where it does not stand in the URL.
    func userAndPassword() throws(ConfigurationComplaint) -> (user: String?, password: String?) {
        guard let userinfo, !userinfo.isEmpty else { return (nil, nil) }
        let (name, secret) = Self.cut(userinfo, at: ":") ?? (userinfo, nil)
        let user = try Self.decode(name, part: "user")
        var password: String?
        if let secret { password = try Self.decode(secret, part: "password") }
        return (user.isEmpty ? nil : user, password)
    }

    /// The text after the slash of a TCP URL, if there is any.
    var databaseInPath: String? {
        let text = path.utf8.dropFirst()
        return text.isEmpty ? nil : String(Substring(text))
    }

    private static func options(_ query: Substring?, of url: String) throws(ConfigurationComplaint) -> [Option] {
        var options: [Option] = []
        for pair in (query ?? "").utf8.split(separator: UInt8(ascii: "&")) {
            let cut = Self.cut(Substring(pair), at: "=")
            let name = try decode(cut?.before ?? Substring(pair), part: "option name")
            guard let value = cut?.behind else { throw .url("an option has no value") }
            options.append(
                Option(
                    name: name,
                    value: try decode(value, part: "value of an option"),
                    place: place(of: value, in: url)
                )
            )
        }
        return options
    }

    private static func place(of part: Substring, in url: String) -> Range<Int> {
        let start = url.utf8.distance(from: url.startIndex, to: part.startIndex)
        return start..<(start + part.utf8.count)
    }

    /// The position of user and password in `url`, from which this was read.
    func userinfoPlace(in url: String) -> Range<Int>? { userinfo.map { Self.place(of: $0, in: url) } }

    /// Throws if there is an `@` between several hosts, because the text before the last one may be a password.
    func checkUserinfoOfSeveral() throws(ConfigurationComplaint) {
        guard let userinfo, userinfo.utf8.contains(UInt8(ascii: "@")) else { return }
        throw .url(
            "an \"@\" among the hosts: user and password stand once, before all hosts; in them it is written %40"
        )
    }

    /// Decodes percent-encoding. The error names the part, never its content.
    static func decode(_ text: Substring, part: String) throws(ConfigurationComplaint) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexadecimalValue, let low = rest.popFirst()?.hexadecimalValue else {
                throw .url("\(part) has a \"%\" without two hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = RedisBytes(bytes).text else { throw .url("\(part) is not UTF-8 after percent-decoding") }
        return decoded
    }

    /// The text before and after the first `delimiter`; `nil` when there is none.
    static func cut(_ text: Substring, at delimiter: Unicode.Scalar) -> (before: Substring, behind: Substring)? {
        guard let index = text.utf8.firstIndex(of: UInt8(ascii: delimiter)) else { return nil }
        return (text[..<index], text[text.utf8.index(after: index)...])
    }

    private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }

    /// RFC 3986, 3.1. If there is no scheme, the text may contain a user and a password, and is not quoted.
    private static func mayStandInScheme(_ byte: UInt8) -> Bool {
        isLetter(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "+-.".utf8.contains(byte)
    }
}

extension URLParts {
    /// The one host of a URL that has one.
    func tcpEndpoint() throws(ConfigurationComplaint) -> RedisEndpoint {
        guard !hostAndPort.utf8.contains(UInt8(ascii: ",")) else {
            throw .url("host has a \",\": several are for a cluster or Sentinels")
        }
        return try EndpointText.endpoint(hostAndPort, port: 6379, isEncoded: true)
    }

    /// The hosts of a URL that may have several. `port` is the port of hosts without one.
    func tcpEndpoints(port: UInt16) throws(ConfigurationComplaint) -> [RedisEndpoint] {
        try EndpointText.endpoints(hostAndPort, port: port, isEncoded: true)
    }

    /// The text after the first slash of a URL for Sentinels, and the text after the second one, if there is any.
    func nameAndDatabase() throws(ConfigurationComplaint) -> (name: String, database: String?) {
        let path = Substring(path.utf8.dropFirst())
        let (text, database) = Self.cut(path, at: "/") ?? (path, "")
        let name = try Self.decode(text, part: "name of the primary")
        guard !name.isEmpty else { throw .url("the name of the primary is missing; it is the path") }
        return (name, database.isEmpty ? nil : String(database))
    }
}

/// What the text before `://` requests.
struct URLScheme {
    enum Kind {
        case server, unix, cluster, sentinel
    }

    let kind: Kind
    let isSecure: Bool

    init(_ text: String) throws(ConfigurationComplaint) {
        let parts = text.utf8.split(separator: UInt8(ascii: "+"), omittingEmptySubsequences: false).map {
            "\(Substring($0))"
        }
        let known: Kind?
        switch (parts[0], parts.dropFirst().first) {
        case _ where parts.count > 2: known = nil
        case ("redis", nil), ("valkey", nil), ("rediss", nil), ("valkeys", nil): known = .server
        case ("redis", "unix"), ("valkey", "unix"), ("unix", nil): known = .unix
        case ("redis", "cluster"), ("valkey", "cluster"), ("rediss", "cluster"), ("valkeys", "cluster"):
            known = .cluster
        case ("redis", "sentinel"), ("valkey", "sentinel"), ("rediss", "sentinel"), ("valkeys", "sentinel"):
            known = .sentinel
        default: known = nil
        }
        guard let known else {
            throw .url(
                "unknown scheme; known are redis, rediss, valkey and valkeys, each also with +cluster or +sentinel, redis+unix and unix"
            )
        }
        kind = known
        isSecure = parts[0] == "rediss" || parts[0] == "valkeys"
    }
}
