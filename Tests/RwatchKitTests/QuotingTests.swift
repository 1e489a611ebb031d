import RwatchKit
import TestSupport
import Testing

@Suite("Quoting", .tags(.unit))
struct QuotingTests {
    /// The server's rule, spelled out byte by byte.
    static func rule(_ byte: UInt8) -> String {
        switch byte {
        case 0x22: return "\\\""
        case 0x5c: return "\\\\"
        case 0x0a: return "\\n"
        case 0x0d: return "\\r"
        case 0x09: return "\\t"
        case 0x07: return "\\a"
        case 0x08: return "\\b"
        case 0x20...0x7e: return String(UnicodeScalar(byte))
        default:
            let digits = String(byte, radix: 16)
            return "\\x" + (digits.count == 1 ? "0" : "") + digits
        }
    }

    @Test("every byte value is written as the server's sdscatrepr writes it, at every place of a word")
    func everyByte() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                var bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 20)
                bytes[place] = byte
                let expected = bytes.map(Self.rule).joined()
                let quoted = withBytes(bytes) { span in text { $0.append(quoted: span) } }
                #expect(quoted == "\"" + expected + "\"")
            }
        }
    }

    @Test("the empty argument is two quotes")
    func empty() {
        #expect(withBytes([]) { span in text { $0.append(quoted: span) } } == "\"\"")
    }

    @Test("all 256 bytes in one argument, from a table written by hand")
    func literal() {
        let bytes: [UInt8] = [
            0x00, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x1b, 0x1f, 0x20, 0x22, 0x5c, 0x7e, 0x7f, 0x80, 0xc3, 0xff,
        ]
        let expected = #""\x00\a\b\t\n\r\x1b\x1f \"\\~\x7f\x80\xc3\xff""#
        #expect(withBytes(bytes) { span in text { $0.append(quoted: span) } } == expected)
    }

    @Test("random bytes of every length up to 200 follow the rule, also when the buffer has to grow")
    func random() {
        var generator = Generator(state: 1)
        for _ in 0..<2_000 {
            let bytes = generator.bytes(upTo: 200)
            let expected = "\"" + bytes.map(Self.rule).joined() + "\""
            #expect(withBytes(bytes) { span in text { $0.append(quoted: span) } } == expected)
        }
    }
}
