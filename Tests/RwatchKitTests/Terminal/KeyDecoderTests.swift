import RwatchKit
import TestSupport
import Testing

@Suite("Keys of a terminal", .tags(.unit))
struct KeyDecoderTests {
    private static let sequences: [(bytes: String, keys: [Key])] = [
        ("q", [.character("q")]), ("é", [.character("é")]), ("\u{1f600}", [.character("\u{1f600}")]),
        ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]), ("\u{7f}", [.backspace]), ("\u{c}", [.control("l")]),
        ("\u{1b}[A", [.up]), ("\u{1b}OB", [.down]), ("\u{1b}[C", [.right]), ("\u{1b}[D", [.left]),
        ("\u{1b}[5~", [.pageUp]), ("\u{1b}[6~", [.pageDown]), ("\u{1b}[H", [.home]), ("\u{1b}[4~", [.end]),
        ("\u{1b}[3~", [.delete]), ("\u{1b}[Z", [.backTab]), ("\u{1b}[1;5A", [.up]),
        ("\u{1b}[<64;10;5M", [.wheelUp]), ("\u{1b}[<65;10;5M", [.wheelDown]),
        ("\u{1b}[<0;10;5M", [.click(row: 4, column: 9)]), ("\u{1b}[<0;10;5m", []), ("\u{1b}[<2;1;1M", []),
        ("\u{1b}[<16;3;2M", [.click(row: 1, column: 2)]),
        // Unknown sequences are passed over, and nothing of them is typed.
        ("\u{1b}[200~", []), ("\u{1b}[?1;2c", []), ("\u{1b}[[A", []), ("\u{1b}[M !!", []),
        ("\u{1b}[<99999999999999999999;1;1M", []), ("\u{1b}[<0;0;0M", []),
    ]

    @Test("are whole or cut at any byte, and the same", arguments: sequences.indices)
    func split(_ index: Int) {
        let (text, keys) = Self.sequences[index]
        let bytes = Array((text + "x").utf8)
        let expected = keys + [.character("x")]
        var whole = KeyDecoder()
        #expect(whole.take(bytes) == expected && !whole.isPending)
        for cut in 1..<bytes.count {
            var decoder = KeyDecoder()
            let first = decoder.take(Array(bytes[..<cut]))
            #expect(first + decoder.take(Array(bytes[cut...])) == expected, "cut at \(cut)")
        }
        var slow = KeyDecoder()
        #expect(bytes.flatMap { slow.take([$0]) } == expected)
    }

    @Test("know an Escape by itself when nothing more comes")
    func escape() {
        var decoder = KeyDecoder()
        #expect(decoder.take([0x1b]).isEmpty && decoder.isPending)
        #expect(decoder.finish() == [.escape] && !decoder.isPending)
        // Typed soon after it.
        #expect(decoder.take(Array("\u{1b}q".utf8)) == [.escape, .character("q")])
        #expect(decoder.take([0x1b, UInt8(ascii: "[")]).isEmpty)
        #expect(decoder.finish() == [.escape, .character("[")])
        #expect(decoder.finish().isEmpty)
    }

    @Test("come out of any bytes without a trap, and never keep more than a sequence")
    func noise() {
        var generator = Generator(state: 11)
        for _ in 0..<3000 {
            var decoder = KeyDecoder()
            for _ in 0..<4 {
                var bytes = generator.bytes(upTo: 60)
                for place in bytes.indices where Bool.random(using: &generator) && bytes[place] < 40 {
                    bytes[place] = 0x1b
                }
                _ = decoder.take(bytes)
            }
            _ = decoder.finish()
            #expect(!decoder.isPending)
        }
        var decoder = KeyDecoder()
        #expect(decoder.take([0x1b, UInt8(ascii: "[")] + Array(repeating: UInt8(ascii: "1"), count: 1000)).count > 900)
        #expect(decoder.take([0xff, 0xc3, UInt8(ascii: "a")]) == [.character("a")])
    }
}
