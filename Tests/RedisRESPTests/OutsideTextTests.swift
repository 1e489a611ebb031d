import RedisRESP
import TestSupport
import Testing

@Suite("Text from outside", .tags(.unit))
struct OutsideTextTests {
    /// By Unicode's rules a blank or an end of line with an accent is none, and these signs are letters of ASCII.
    private static let accent = "\u{301}"
    private static let kelvin = "\u{212A}"

    @Test("is compared byte by byte")
    func bytes() {
        let line = "ERR no \(Self.accent)such thing".utf8
        #expect(line.begins(with: "ERR no "))
        #expect(line.containsText("no "))
        #expect(
            line.firstRange(ofText: "no").map { String(Substring(line[$0.upperBound...])) }
                == " \(Self.accent)such thing"
        )
        #expect(line.firstWord == "ERR")
        #expect(!"AS\(Self.kelvin) 1 a:1".utf8.begins(with: "ASK"))
        #expect("AS\(Self.kelvin) 1 a:1".utf8.firstWord == nil)
        #expect("unKnown".utf8.containsText("known", ignoringCase: true))
        #expect(!"un\(Self.kelvin)nown".utf8.containsText("known", ignoringCase: true))
        #expect("".utf8.containsText("") && !"".utf8.containsText("a") && !"ab".utf8.containsText("abc"))
        #expect("aab".utf8.containsText("ab"))
    }

    @Test("has a first word when that is a short one of printable ASCII")
    func firstWord() {
        #expect("NOPERM no".utf8.firstWord == "NOPERM")
        #expect("NOPERM".utf8.firstWord == "NOPERM")
        #expect("".utf8.firstWord == nil && " a".utf8.firstWord == nil)
        #expect("A\tB".utf8.firstWord == nil)
        #expect(String(repeating: "A", count: 64).utf8.firstWord?.count == 64)
        #expect(String(repeating: "A", count: 65).utf8.firstWord == nil)
    }

    @Test(
        "is a number when it is one that fits",
        arguments: [
            ("0", 0), ("-1", -1), ("+1", 1), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9223372036854775808", nil), ("", nil), ("-", nil), ("1 ", nil), ("1.0", nil), ("nan", nil),
            ("1\(accent)", nil), ("\u{661}", nil), (String(repeating: "0", count: 21), nil),
        ] as [(String, Int?)]
    )
    func decimal(_ text: String, _ number: Int?) {
        #expect(text.utf8.decimal() == number)
        #expect(RESPValue.bulkString(RedisBytes(text)).integer == number)
    }

    @Test("is a count when nothing that is done with it can overflow")
    func counts() {
        let most = 1 << 56
        let numbers: [Int] = [.min, -1, 0, most, most + 1, .max]
        #expect(numbers.map(\.asCount) == [nil, nil, 0, most, nil, nil])
        #expect(numbers.map(\.nearestCount) == [0, 0, 0, most, most, most])
        #expect(Int.max.addingSaturated(1) == .max && 1.addingSaturated(2) == 3)
        #expect(Int.min.addingSaturated(-1) == .min && (-1).addingSaturated(-2) == -3)
        #expect(RESPValue.integer(.min).count == nil && RESPValue.bulkString("7").count == 7)
    }

    @Test("is plain when it is printable ASCII, and not too long")
    func plain() {
        #expect("7.2.4 a".utf8.plainText(upTo: 7) == "7.2.4 a")
        #expect("7.2.4 a".utf8.plainText(upTo: 6) == nil)
        #expect("a\n".utf8.plainText(upTo: 9) == nil && "a\u{e9}".utf8.plainText(upTo: 9) == nil)
        #expect("".utf8.plainText(upTo: 0) == "")
    }

    @Test("has lines, whatever ends them")
    func lines() {
        let text: RedisBytes = "a\r\n\nb\r\r\n\r\nc \u{2028}d"
        #expect(Array(text.lines) == ["a", "b\r", "c \u{2028}d"])
        #expect(Array(RedisBytes("").lines).isEmpty && Array(RedisBytes("\r\n").lines).isEmpty)
    }

    @Test("has fields")
    func fields() {
        let line: RedisBytes = "id=7 name= sub=a=b id=8 x"
        let blank = UInt8(ascii: " ")
        #expect(line.value(ofField: "id", separator: blank) == "7")
        #expect(line.value(ofField: "name", separator: blank) == "")
        #expect(line.value(ofField: "sub", separator: blank) == "a=b")
        #expect(line.value(ofField: "x", separator: blank) == nil)
        let info = OutsideFields("# Server\r\nrun_id:a:b\r\nrun_id:c\nrole:\r\nodd", ["run_id", "role", "odd"])
        #expect(info["run_id"] == "a:b" && info["role"] == "" && info["odd"] == nil && info["other"] == nil)
    }

    @Test("is read up to a mebibyte where it is one of fields")
    func longFields() {
        let filler = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        #expect(OutsideFields(RedisBytes(filler + Array("\na:1".utf8)), ["a"])["a"] == nil)
        #expect(OutsideFields(RedisBytes(filler.dropLast(4) + Array("\na:12".utf8)), ["a"])["a"] == "1")
    }

    @Test("is found in a map by its bytes")
    func keys() {
        let composed: RESPValue = .bulkString("\u{e9}")
        let map = RESPValue.map([
            .init(key: composed, value: .integer(1)), .init(key: .bulkString("k"), value: .integer(2)),
        ])
        #expect(map["e\(Self.accent)"] == nil && map["\u{e9}"] == .integer(1) && map["k"] == .integer(2))
        let flat = RESPValue.array([composed, .integer(1), .bulkString("k"), .integer(2)])
        #expect(flat["e\(Self.accent)"] == nil && flat["\u{e9}"] == .integer(1) && flat["k"] == .integer(2))
        #expect(RESPValue.array([.bulkString("k")])["k"] == nil && RESPValue.null["k"] == nil)
    }
}
