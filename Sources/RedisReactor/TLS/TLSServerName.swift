internal import CRedisOpenSSL

/// What a certificate has to be made out for. OpenSSL takes more than that for a name, a leading dot for any subdomain among it.
package enum TLSServerName: Equatable, Sendable {
    /// A name of dotted labels (RFC 9525, 3; underscores too, which containers have), without the dot that may end it: that
    /// stands neither in certificates nor in SNI.
    case host(String)
    /// An IPv4 or IPv6 address, without a zone.
    case address(String)
    /// None of these: a leading dot, an empty label, a wildcard, something that is not ASCII.
    case neither

    /// Reads what the user calls the server.
    package init(_ text: String) {
        // A zone says which way the address lies from here, and is not part of it.
        let address = text.utf8.contains(UInt8(ascii: ":")) ? String(text.prefix { $0 != "%" }) : text
        // Before an address would be taken for a number: a NUL would end it.
        if !address.utf8.contains(0), let bytes = unsafe a2i_IPADDRESS(address) {
            unsafe ASN1_OCTET_STRING_free(bytes)
            self = .address(address)
            return
        }
        let host = text.utf8.last == UInt8(ascii: ".") ? Substring(text.utf8.dropLast()) : text[...]
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName =
            host.utf8.count <= 253 && labels.allSatisfy { 1...63 ~= $0.count && $0.allSatisfy(Self.mayStandInLabel) }
        self = isName ? .host(String(host)) : .neither
    }

    private static func mayStandInLabel(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }
}
