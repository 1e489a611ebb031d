import RedisRESP

/// Clients by their address: `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1:5000`, `10.0.0.0/8:5000`, `::1`, `fe80::/10`,
/// `[::1]:5000`, `[fe80::/10]:5000`.
package struct ClientPattern: Sendable, Equatable {
    private let network: IPAddress
    private let prefix: Int
    private let port: Int?

    /// `nil` for a text of another form. Bits behind the prefix may be set, and do not count.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let span = bytes.rawSpan
        guard let (place, port) = ClientAddress.split(span) else { return nil }
        let host = span.part(place)
        self.port = port
        let slash = host.firstIndex(of: UInt8(ascii: "/"), from: 0)
        guard let network = IPAddress(host.part(0..<(slash ?? host.byteCount))) else { return nil }
        self.network = network
        guard let slash else {
            prefix = network.width
            return
        }
        let digits = bytes[(place.lowerBound + slash + 1)..<place.upperBound]
        guard !digits.isEmpty, digits.count <= 3, digits.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }),
            let bits = Int(String(decoding: digits, as: UTF8.self)), bits <= network.width
        else { return nil }
        prefix = bits
    }

    /// Whether a client is one of these.
    func matches(_ client: ClientAddress) -> Bool {
        guard client.address.isIPv6 == network.isIPv6, port == nil || port == client.port else { return false }
        let shift = UInt128(network.width - prefix)
        return prefix == 0 || client.address.bits >> shift == network.bits >> shift
    }
}
