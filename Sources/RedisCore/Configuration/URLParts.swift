/// A URL cut at its delimiters. Decoding and checking happen part by part, so that an error can name the part.
///
/// Delimiters are looked for among the bytes, not among the characters: an accent behind one makes another character of
/// both, and a password whose end is not seen would be taken for something that may be repeated.
struct URLParts {
    struct Option {
        var name: String
        var value: String
        /// Where the value stands in the URL.
        var place: Range<Int>
    }

    let scheme: String
    let options: [Option]
    private let userinfo: Substring?
    let hostAndPort: Substring
    let path: Substring

    init(_ url: String) throws(RedisError) {
        guard let colon = url.utf8.indices.first(where: { url.utf8[$0...].starts(with: "://".utf8) }) else {
            throw .url("no \"://\" after the scheme")
        }
        scheme = url[..<colon].lowercased()
        guard let first = scheme.utf8.first, Self.isLetter(first), scheme.utf8.allSatisfy(Self.mayStandInScheme) else {
            throw .url("what is before \"://\" is no scheme")
        }
        var rest = url[url.utf8.index(colon, offsetBy: 3)...]
        // A password that holds one of the delimiters would be cut here, and its rest be quoted as if it were a port.
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

    func unixEndpoint() throws(RedisError) -> RedisEndpoint {
        guard hostAndPort.isEmpty else {
            throw .url("a unix socket has no host; three slashes begin its path: \(scheme):///path")
        }
        let decoded = try Self.decode(path, part: "path")
        guard decoded.utf8.count > 1 else { throw .url("path of the unix socket is empty") }
        return .unix(path: decoded)
    }

    /// `password` is that of a user without one.
    func credentials(password: String? = nil) throws(RedisError) -> RedisCredentials? {
        guard let userinfo, !userinfo.isEmpty else { return nil }
        guard let (name, secret) = Self.cut(userinfo, at: ":") else {
            if let password {
                return RedisCredentials(username: try Self.decode(userinfo, part: "user"), password: password)
            }
            throw .url("user without a password; write user:password@, or :password@ if it is the password")
        }
        let user = try Self.decode(name, part: "user")
        let password = try Self.decode(secret, part: "password")
        let credentials = RedisCredentials(username: user.isEmpty ? nil : user, password: password)
        return credentials.areNone ? nil : credentials
    }

    /// What stands behind the slash of a TCP URL, if anything does.
    var databaseInPath: String? {
        let text = path.utf8.dropFirst()
        return text.isEmpty ? nil : String(Substring(text))
    }

    private static func options(_ query: Substring?, of url: String) throws(RedisError) -> [Option] {
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

    /// Where user and password stand in `url`, from which this was read.
    func userinfoPlace(in url: String) -> Range<Int>? { userinfo.map { Self.place(of: $0, in: url) } }

    /// Throws where an `@` stands among several hosts: what is before the last one would be a password.
    func checkUserinfoOfSeveral() throws(RedisError) {
        guard let userinfo, userinfo.utf8.contains(UInt8(ascii: "@")) else { return }
        throw .url(
            "an \"@\" among the hosts: user and password stand once, before all hosts; in them it is written %40"
        )
    }

    /// Undoes percent-encoding. The text of a failure names the part, never its content.
    static func decode(_ text: Substring, part: String) throws(RedisError) -> String {
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

    /// What is before and behind the first `delimiter`; `nil` when there is none.
    static func cut(_ text: Substring, at delimiter: Unicode.Scalar) -> (before: Substring, behind: Substring)? {
        guard let index = text.utf8.firstIndex(of: UInt8(ascii: delimiter)) else { return nil }
        return (text[..<index], text[text.utf8.index(after: index)...])
    }

    private static func isLetter(_ byte: UInt8) -> Bool { UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte }

    /// RFC 3986, 3.1. A user and a password without a scheme before them are none, and are not repeated.
    private static func mayStandInScheme(_ byte: UInt8) -> Bool {
        isLetter(byte) || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || "+-.".utf8.contains(byte)
    }
}

extension RedisError {
    static func url(_ complaint: String) -> RedisError {
        RedisError(.invalidConfiguration, "URL: \(complaint)")
    }
}
