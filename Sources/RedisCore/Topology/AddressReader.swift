internal import RedisRESP

/// Makes an address that can be connected to of what a node announces of itself or of another.
package struct AddressReader: Sendable {
    private let isTLS: Bool
    private let translation: (@Sendable (RedisEndpoint) -> RedisEndpoint)?

    package init(_ configuration: RedisConfiguration) {
        isTLS = configuration.tls != nil
        translation = configuration.cluster?.translation
    }

    /// Whether a text may be a host, or a node's name: 1 to 255 characters of printable ASCII, without blanks. Whatever
    /// else a server announces is not connected to, and shown nowhere.
    static func isWord(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// What a server announces as a host; bytes that are no text are none that `isWord`.
    static func host(_ value: RESPValue) -> String { value.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// The address of a node; `nil` when there is none, or what is announced as its host cannot be one (`isWord`).
    ///
    /// - Parameters:
    ///   - host: What is announced. Nothing, an empty text or `?` stand for the host that was asked: a node that has
    ///     not met others does not know its own address, and `cluster-preferred-endpoint-type unknown-endpoint` tells
    ///     none.
    ///   - port: The port that is announced.
    ///   - asked: The node that announces it.
    /// - Returns: The address, after the configuration's translation.
    package func endpoint(host: String?, port: Int?, asked: RedisEndpoint) -> RedisEndpoint? {
        guard let port, let port = UInt16(exactly: port), port > 0 else { return nil }
        var name = host ?? ""
        if name.isEmpty || name == "?" { name = asked.host } else if !Self.isWord(name) { return nil }
        let endpoint = RedisEndpoint.tcp(host: name, port: port)
        return translation?(endpoint) ?? endpoint
    }

    /// The port of a node that tells of both kinds.
    func port(plain: Int?, tls: Int?) -> Int? {
        let ports = (isTLS ? [tls, plain] : [plain, tls]).compactMap { $0 }
        return ports.first { $0 > 0 }
    }

    /// `host:port` as MOVED tells it, with or without a host; an IPv6 address stands there without brackets.
    package func endpoint(moved text: String, asked: RedisEndpoint) -> RedisEndpoint? {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let port = Int(text[text.utf8.index(after: colon)...])
        return endpoint(host: String(text[..<colon]), port: port, asked: asked)
    }
}
