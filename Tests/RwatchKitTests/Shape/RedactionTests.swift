import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("What is left out of events", .tags(.unit))
struct RedactionTests {
    private static func arguments(_ words: String..., redaction: Redaction) -> Substring {
        let line = Shaped.line(words.map { Array($0.utf8) })
        let shown = Shaped.command(line, .utc(.line) { $0.redaction = redaction })
        return shown.dropFirst(38).dropLast()
    }

    @Test("values: all arguments that are no keys")
    func values() {
        for (words, shown) in [
            (["SET", "k", "v", "EX", "10"], #""SET" "k" "(redacted)" "(redacted)" "(redacted)""#),
            (["mset", "a", "1", "b", "2"], #""mset" "a" "(redacted)" "b" "(redacted)""#),
            (["PING", "secret"], #""PING" "(redacted)""#), (["DEL", "a", "b"], #""DEL" "a" "b""#),
            (
                ["EVAL", "return 1", "1", "k", "v"], #""EVAL" "(redacted)" "(redacted)" "k" "(redacted)""#
            ),
            (["XGROUP", "CREATE", "k", "g", "$"], #""XGROUP" "CREATE" "k" "(redacted)" "(redacted)""#),
            (["NO.SUCH", "a", "b"], #""NO.SUCH" "(redacted)" "(redacted)""#), (["DBSIZE"], #""DBSIZE""#),
            (["SET", "k\"é"], #""SET" "k\"\xc3\xa9""#),
        ] {
            let line = Shaped.line(words.map { Array($0.utf8) })
            let written = Shaped.command(line, .utc(.line) { $0.redaction = .values })
            #expect(written == "1795219143.045931 [0 127.0.0.1:41690] \(shown)\n")
        }
    }

    @Test("all: every argument")
    func all() {
        #expect(Self.arguments("SET", "k", "v", redaction: .all) == #""SET" "(redacted)" "(redacted)""#)
        #expect(Self.arguments("PING", redaction: .all) == #""PING""#)
    }

    @Test("an expression: what it matches, escapes or not")
    func matching() throws {
        let redaction = Redaction.matching(try RegularExpression("[0-9]{4}|é\n"))
        #expect(
            Self.arguments("SET1234", "card:1234", "x", "é\n", "é", redaction: redaction)
                == #""SET1234" "(redacted)" "x" "(redacted)" "\xc3\xa9""#
        )
    }

    @Test("a line that cannot be read is left out as a whole")
    func unreadable() throws {
        for redaction in [Redaction.values, .all, .matching(try RegularExpression("nothing"))] {
            for line in ["1.000000 [0 lua] \"SET\" \"k\" \"secret", "secret", "1.000000 [0 lua] \"A\" \"secret\"x"] {
                for form in [EventShape.Form.line, .verbatimLine, .pretty, .json, .csv, .resp] {
                    let written = Shaped.command(Array(line.utf8), .utc(form) { $0.redaction = redaction })
                    #expect(!written.contains("secret"), "\(written)")
                }
            }
        }
    }

    @Test("an argument with an escape that no server writes is left out, because nobody knows what it is")
    func unknownEscape() throws {
        let line = Array(#"1.000000 [0 lua] "A" "k" "\qsecret""#.utf8)
        let expression = try RegularExpression("nothing")
        let shape = EventShape.utc(.line) { $0.redaction = .matching(expression) }
        #expect(Shaped.command(line, shape) == #"1.000000 [0 lua] "A" "k" "(redacted)""# + "\n")
    }

    @Test("parts of messages")
    func messages() throws {
        func shown(_ redaction: Redaction) -> String {
            let bytes = Shaped.message(
                .pmessage,
                Array("cards".utf8),
                pattern: Array("c*".utf8),
                Array("1234".utf8),
                .utc(.line, .none) { $0.redaction = redaction }
            )
            return String(decoding: bytes, as: UTF8.self)
        }
        #expect(shown(.values) == "pmessage \"c*\" \"cards\" \"(redacted)\"\n")
        #expect(shown(.all) == "pmessage \"(redacted)\" \"(redacted)\" \"(redacted)\"\n")
        #expect(shown(.matching(try RegularExpression("^c"))) == "pmessage \"(redacted)\" \"(redacted)\" \"1234\"\n")
        #expect(shown(.matching(try RegularExpression("4$"))) == "pmessage \"c*\" \"cards\" \"(redacted)\"\n")
    }

    @Test("keys of events")
    func keys() throws {
        func shown(_ redaction: Redaction) -> String {
            Shaped.key("del", "user:1", .utc(.line, .none) { $0.redaction = redaction })
        }
        #expect(shown(.all) == "[3] del \"(redacted)\"\n")
        #expect(shown(.matching(try RegularExpression("user|del"))) == "[3] del \"(redacted)\"\n")
        #expect(shown(.matching(try RegularExpression("^del"))) == "[3] del \"user:1\"\n")
    }

    @Test(
        "no form shows what is left out",
        arguments: ["pretty", "json", "csv", "raw", "resp", "%t %p %q %x %b %j %J %L %l %c"]
    )
    func everyForm(name: String) throws {
        let form: EventShape.Form =
            switch name {
            case "pretty": .pretty
            case "json": .json
            case "csv": .csv
            case "raw": .raw
            case "resp": .resp
            default: .template(try EventTemplate(name, for: .messages))
            }
        let shape = EventShape.utc(form) { $0.redaction = .values }
        let shown = Shaped.message("secret", shape)
        #expect(shown.contains("(redacted)"))
        for trace in ["secret", "736563726574", "c2VjcmV0"] { #expect(!shown.contains(trace)) }
    }
}
