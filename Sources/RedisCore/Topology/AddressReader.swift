internal import RedisRESP

/// Turns the address that a node announces for itself or for another node into one that can be connected to.
package struct AddressReader: Sendable {
    private let isTLS: Bool
    private let translation: (@Sendable (RedisEndpoint) -> RedisEndpoint)?

    package init(_ configuration: RedisConfiguration) {
        isTLS = configuration.tls != nil
        translation = configuration.cluster?.translation
    }

    /// Whether a text may be a host, or a node's name: 1 to 255 characters of printable ASCII, without blanks. Any
    /// other text that a server announces is never connected to and never shown.
    static func isWord(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count) && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f }
    }

    /// The text that a server announces as a host. Bytes that are not text are not a valid host for `isWord` either.
    static func host(_ value: RESPValue) -> String { value.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "" }

    /// The address of a node; `nil` when there is none, or when the announced host is not valid (`isWord`).
    ///
    /// - Parameters:
    ///   - host: The announced host. No host, an empty text and `?` mean the host that was asked: a node that has not
    ///     met others does not know its own address, and with `cluster-preferred-endpoint-type unknown-endpoint` no
    ///     host is announced.
    ///   - port: The announced port.
    ///   - asked: The node that announced the address.
    /// - Returns: The address, after the configuration's translation.
    package func endpoint(host: String?, port: Int?, asked: RedisEndpoint) -> RedisEndpoint? {
        guard let port, let port = UInt16(exactly: port), port > 0 else { return nil }
        var name = host ?? ""
        if name.isEmpty || name == "?" { name = asked.host } else if !Self.isWord(name) { return nil }
        let endpoint = RedisEndpoint.tcp(host: name, port: port)
        return translation?(endpoint) ?? endpoint
    }

    /// The port of a node that announces both kinds.
    func port(plain: Int?, tls: Int?) -> Int? {
        let ports = (isTLS ? [tls, plain] : [plain, tls]).compactMap { $0 }
        return ports.first { $0 > 0 }
    }

    /// The address in a MOVED error, `host:port`, with or without a host. An IPv6 address has no brackets there.
    package func endpoint(moved text: String, asked: RedisEndpoint) -> RedisEndpoint? {
        guard let colon = text.utf8.lastIndex(of: UInt8(ascii: ":")) else { return nil }
        let port = Int(text[text.utf8.index(after: colon)...])
        return endpoint(host: String(text[..<colon]), port: port, asked: asked)
    }
}
