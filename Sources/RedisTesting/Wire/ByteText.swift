/// Bytes for people to read: printable ASCII as it is, the rest as \r, \n, \t or \xHH, between quotation marks. This
/// is also how redis.conf and the server's own logs write strings.
func escaped(_ bytes: some Sequence<UInt8>) -> String {
    var text = "\""
    for byte in bytes {
        switch byte {
        case UInt8(ascii: "\r"): text += "\\r"
        case UInt8(ascii: "\n"): text += "\\n"
        case UInt8(ascii: "\t"): text += "\\t"
        case UInt8(ascii: "\""): text += "\\\""
        case UInt8(ascii: "\\"): text += "\\\\"
        case 0x20...0x7e: text.unicodeScalars.append(Unicode.Scalar(byte))
        default: text += "\\x" + hexadecimal(byte)
        }
    }
    return text + "\""
}

/// Two lower-case hexadecimal digits.
func hexadecimal(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16)
    return byte < 16 ? "0" + digits : digits
}

extension String {
    /// Percent-encodes everything but the unreserved characters of RFC 3986 and those in `allowed`, for use in a URL.
    func percentEncoded(allowing allowed: String = "") -> String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            case _ where allowed.utf8.contains(byte): text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + hexadecimal(byte).uppercased()
            }
        }
        return text
    }

    /// Whether `other` occurs in this text, byte for byte. (The library's own search would link the regular
    /// expression engine into a static binary.)
    func containsBytes(of other: String) -> Bool { replacing(other, by: "") != nil }

    /// This text with every secret in it replaced by stars, also in the escaped form of a configuration line, and in
    /// that of an error reply, where line ends have become spaces.
    func redacting(_ secrets: [String]) -> String {
        var text = self
        for secret in secrets where !secret.isEmpty {
            let inOneLine = secret.utf8.map { $0 == 0x0a || $0 == 0x0d ? UInt8(ascii: " ") : $0 }
            let forms = [
                secret, String(escaped(secret.utf8).dropFirst().dropLast()), String(decoding: inOneLine, as: UTF8.self),
            ]
            for form in forms { text = text.replacing(form, by: "***") ?? text }
        }
        return text
    }

    /// This text with every occurrence of `part` replaced; `nil` when there is none.
    private func replacing(_ part: String, by replacement: String) -> String? {
        let bytes = Array(utf8)
        let pattern = Array(part.utf8)
        guard !pattern.isEmpty, pattern.count <= bytes.count else { return nil }
        var result: [UInt8] = []
        var found = false
        var index = 0
        while index < bytes.count {
            if bytes[index] == pattern[0], bytes[index...].starts(with: pattern) {
                result += replacement.utf8
                index += pattern.count
                found = true
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return found ? String(decoding: result, as: UTF8.self) : nil
    }
}
