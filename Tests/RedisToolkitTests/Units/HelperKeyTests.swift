import RedisCore
import RedisToolkit
import TestSupport
import Testing

@Suite("The key beside another one", .tags(.unit))
struct HelperKeyTests {
    @Test("has the name as its tag, or the tag of the name")
    func names() {
        #expect(RedisBytes("orders").helper("fence") == "{orders}:fence")
        #expect(RedisBytes("{shop}orders").helper("fence") == "{shop}orders:fence")
        #expect(RedisBytes("a{shop}").helper("fence") == "a{shop}:fence")
        #expect(RedisBytes("a{b").helper("fence") == "{a{b}:fence")
        #expect(RedisBytes("{shop}").helper("fence") == "{shop}:.fence")
    }

    @Test(
        "has the slot of the name, whatever that is",
        arguments: [
            "orders", "{shop}orders", "a{shop}b", "a}b", "{}a", "{", "}", "{}", "", "a{b", "}{", "{a}{b}", "a{}b{c}",
            "\u{0}", "ä{ö}ü",
        ]
    )
    func slots(name: String) {
        let name = RedisBytes(name)
        #expect(HashSlot.slot(of: name.helper("fence")) == HashSlot.slot(of: name))
    }

    @Test("differs for each name and each suffix")
    func differ() {
        // The number whose slot is that of the empty name.
        let number = (0...).first { HashSlot.slot(of: RedisBytes("\($0)")) == 0 } ?? 0
        let names = ["a", "{a}", "a}b", "{}a", "", "{", "}", "{a}:", "{a}:.", "{a}.", "{\(number)}", "{\(number)}a}b"]
        let helpers = names.flatMap { name in ["fence", "queue"].map { RedisBytes(name).helper($0) } }
        #expect(Set(helpers).count == helpers.count)
    }

    @Test("is given a time to live in whole units, rounded up")
    func times() {
        #expect(Duration.milliseconds(3).wholeMilliseconds == 3)
        #expect(Duration.microseconds(3001).wholeMilliseconds == 4)
        #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
        #expect(Duration.nanoseconds(1).wholeMicroseconds == 1)
        #expect(Duration.seconds(1).wholeMicroseconds == 1_000_000)
        #expect(Duration.zero.wholeMilliseconds == 0)
        #expect(Duration.seconds(Int64.max).wholeMilliseconds == .max)
    }
}
