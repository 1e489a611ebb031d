/// Where the page is served: an address and a port.
package struct ListenAddress: Sendable, Equatable {
    /// An IPv4 or IPv6 address without brackets, or `localhost`.
    package let host: String
    /// 0 lets the system choose.
    package let port: Int

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Reads `127.0.0.1:0`, `[::1]:8080`, `localhost:8080` or a port alone; `nil` for anything else. Names are no
    /// addresses: what they mean may change, and which address is listened at must be certain.
    package init?(_ text: String) {
        let isPort = { (text: Substring) -> Int? in
            guard !text.isEmpty, text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let port = Int(text),
                port < 65536
            else { return nil }
            return port
        }
        if let port = isPort(text[...]) {
            self.init(host: "127.0.0.1", port: port)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = isPort(text[text.index(after: colon)...]) else {
            return nil
        }
        let name = text[..<colon]
        if name.hasPrefix("["), name.hasSuffix("]") {
            let inner = name.dropFirst().dropLast()
            guard inner.contains(":"), inner.utf8.allSatisfy(Self.isAddressByte) else { return nil }
            self.init(host: String(inner), port: port)
        } else {
            guard name == "localhost" || Self.isIPv4(name) else { return nil }
            self.init(host: String(name), port: port)
        }
    }

    /// Whether only this machine can connect.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

    /// Whether it stands for all addresses of the machine.
    package var isWildcard: Bool { host == "0.0.0.0" || host == "::" }

    /// The host as it stands in a URL.
    package var hostInURL: String { host.contains(":") ? "[\(host)]" : host }

    static func isIPv4(_ text: some StringProtocol) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil && $0.utf8.count <= 3 && $0.first != "+" }
    }

    static func isAddressByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
