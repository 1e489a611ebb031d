/// Text from outside, made fit to be shown: in the description of an event or an error, in a log, on a terminal.
///
/// Servers, publishers and neighbours choose names, error lines and settings. Raw, these could move the cursor, forge a
/// line of their own, turn the order of the letters around, or be as long as a server likes. So whatever is shown goes
/// through here, and only that: data itself (`PubSub.Message.payload`, `RedisBytes`, `RedisError.serverMessage`) keeps
/// its bytes.
///
/// - Control characters stand as `\n`, `\r`, `\t` or `\xhh`, and so do bytes that are not UTF-8.
/// - Line separators, marks of direction, what has no width, and tags stand as `\u{hhhh}`. The joiners U+200C and
///   U+200D stay: they are part of ordinary text, and do nothing but join.
/// - What is longer than the limit ends with `...(cut: 2048 bytes in all)`.
///
/// It is for the eye, not for a parser: a backslash stays as it is. So what is shown already can be shown again, and
/// stays the same.
package enum ShownText {
    // The limits are bytes of the shown form, without the mark of the cut. Each has room for those above it.

    /// For a name, a kind, a role.
    package static let nameLimit = 128
    /// For a host, or the path of a socket.
    package static let hostLimit = 255
    /// For a line of a server.
    package static let lineLimit = 1024
    /// For the message of an error.
    package static let messageLimit = 4096
    /// For a notice of `rwatch`.
    package static let noticeLimit = 8192

    /// Whether a character does not show, or does something else than show.
    package static func isHidden(_ scalar: UInt32) -> Bool {
        switch scalar {
        // C0, DEL and C1.
        case 0..<0x20, 0x7f..<0xa0: true
        // The soft hyphen, and marks of direction and of width.
        case 0xad, 0x61c, 0x180e, 0x200b, 0x200e...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff: true
        // Annotations, and tags.
        case 0xfff9...0xfffb, 0xe0000...0xe007f: true
        default: false
        }
    }

    /// How many bytes of a text have to be looked at: one that goes on behind them is too long.
    package static func bytesSeen(upTo limit: Int) -> Int { limit + 4 }

    /// The shown form of a text of `count` bytes, of which `bytes` are the first (`bytesSeen(upTo:)`).
    package static func make(of bytes: [UInt8], count: Int, upTo limit: Int) -> String {
        var shown: [UInt8] = []
        var rest = bytes.makeIterator()
        var parser = Unicode.UTF8.ForwardParser()
        var offset = 0
        while offset < bytes.count {
            let mark = shown.count
            switch parser.parseScalar(from: &rest) {
            case .valid(let scalar):
                append(scalar, to: &shown)
                offset += scalar.count
            case .error(let length):
                for byte in bytes[offset..<(offset + length)] { appendEscape(of: byte, to: &shown) }
                offset += length
            case .emptyInput:
                offset = bytes.count
            }
            if shown.count > limit {
                return String(decoding: shown[..<mark], as: UTF8.self) + "...(cut: \(count) bytes in all)"
            }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    private static func append(_ encoded: Unicode.UTF8.EncodedScalar, to shown: inout [UInt8]) {
        let scalar = Unicode.UTF8.decode(encoded)
        if !isHidden(scalar.value) {
            shown += encoded
        } else if let byte = UInt8(exactly: scalar.value), byte < 0xa0 {
            appendEscape(of: byte, to: &shown)
        } else {
            shown += "\\u{\(String(scalar.value, radix: 16))}".utf8
        }
    }

    private static func appendEscape(of byte: UInt8, to shown: inout [UInt8]) {
        switch byte {
        case UInt8(ascii: "\n"): shown += "\\n".utf8
        case UInt8(ascii: "\r"): shown += "\\r".utf8
        case UInt8(ascii: "\t"): shown += "\\t".utf8
        default:
            shown += (byte < 0x10 ? "\\x0" : "\\x").utf8
            shown += String(byte, radix: 16).utf8
        }
    }
}

extension String {
    /// The text as it may be shown, cut at `limit` bytes: see ``ShownText``. It takes no longer for a longer text.
    package func shown(upTo limit: Int) -> String {
        let isPlain = utf8.count <= limit && utf8.allSatisfy { 0x20...0x7e ~= $0 }
        if isPlain { return self }
        return ShownText.make(
            of: Array(utf8.prefix(ShownText.bytesSeen(upTo: limit))),
            count: utf8.count,
            upTo: limit
        )
    }
}
