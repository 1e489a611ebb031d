import RedisCore
import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("Formats", .tags(.unit))
struct TemplateTests {
    private static let evalLine = Shaped.line("EVAL", "return \"1\"", "2", "käy", "b", "arg\n")

    @Test(
        "each letter for commands",
        arguments: [
            ("%t", "2026-11-20T23:59:03.045931Z"), ("%T", "1795219143.045931"), ("%s", ""), ("%k", "command"),
            ("%d", "0"), ("%a", "127.0.0.1:41690"), ("%C", "EVAL"), ("%K", "käy"),
            ("%A", #""return \"1\"" "2" "k\xc3\xa4y" "b" "arg\n""#), ("%l", "20"),
            (
                "%L",
                #"1795219143.045931 [0 127.0.0.1:41690] "EVAL" "return \"1\"" "2" "k\xc3\xa4y" "b" "arg\n""#
            ),
            (
                "%j",
                #"{"v":1,"kind":"command","ts":1795219143.045931,"db":0,"client":"127.0.0.1:41690","cmd":"EVAL","#
                    + #""args":["return \"1\"","2","käy","b","arg\n"]}"#
            ),
            ("%%", "%"), ("", ""),
        ]
    )
    func commandLetters(format: String, expected: String) throws {
        #expect(Shaped.command(Self.evalLine, try .template(format, .commands)) == expected + "\n")
    }

    @Test("the name and the user of a client; nothing for one that is not known")
    func clients() throws {
        let template = try EventTemplate("<%n> <%-5u>", for: .commands)
        #expect(EventShape(.template(template)).clientNeeds == (true, true))
        #expect(EventShape(.template(try EventTemplate("%a", for: .commands))).clientNeeds == (false, false))
        for (client, expected) in [
            (KnownClient(name: Array("web-1".utf8), user: Array("ann".utf8)), "<web-1> <ann  >\n"),
            (KnownClient(name: [], user: nil), "<> <     >\n"), (nil, "<> <     >\n"),
        ] {
            #expect(Shaped.command(Self.evalLine, try .template("<%n> <%-5u>", .commands), client: client) == expected)
        }
        let hostile = KnownClient(name: [0x1b, 0x5b, 0x41, 0xff], user: [0x07])
        let onTerminal = try EventShape.template("%n %u", .commands) { $0.isTerminal = true }
        #expect(Shaped.command(Self.evalLine, onTerminal, client: hostile) == #"\x1b[A\xff \a"# + "\n")
    }

    @Test(
        "each letter for messages",
        arguments: [
            ("%t", "2026-11-20T23:59:03.045931Z"), ("%T", "1795219143.045931"), ("%s", ""), ("%k", "pmessage"),
            ("%c", "cache.é"), ("%P", "cache.*"), ("%p", "{\"a\": 1}\u{1b}\""), ("%q", #""{\"a\": 1}\x1b\"""#),
            ("%l", "10"), ("%x", "7b2261223a20317d1b22"), ("%b", "eyJhIjogMX0bIg=="),
            ("%L", #"1795219143.045931 pmessage "cache.*" "cache.\xc3\xa9" "{\"a\": 1}\x1b\"""#),
            (
                "%j",
                #"{"v":1,"kind":"pmessage","ts":1795219143.045931,"pattern":"cache.*","channel":"cache.é","#
                    + #""payload":"{\"a\": 1}\u001b\""}"#
            ),
            (
                "%J",
                #"{"v":1,"kind":"pmessage","ts":1795219143.045931,"pattern":"cache.*","channel":"cache.é","#
                    + #""payload":"{\"a\": 1}\u001b\""}"#
            ),
        ]
    )
    func messageLetters(format: String, expected: String) throws {
        let shown = Shaped.message(
            .pmessage,
            Array("cache.é".utf8),
            pattern: Array("cache.*".utf8),
            Array("{\"a\": 1}\u{1b}\"".utf8),
            try .template(format, .messages)
        )
        #expect(String(decoding: shown, as: UTF8.self) == expected + "\n")
    }

    @Test(
        "each letter for events of keys",
        arguments: [
            ("%t", "2026-11-20T23:59:03.045931Z"), ("%T", "1795219143.045931"), ("%s", ""), ("%k", "key"), ("%d", "3"),
            ("%e", "expired"), ("%K", "k\n"), ("%q", #""k\n""#), ("%x", "6b0a"), ("%b", "awo="), ("%l", "2"),
            ("%L", #"1795219143.045931 [3] expired "k\n""#),
            ("%j", #"{"v":1,"kind":"key","ts":1795219143.045931,"db":3,"event":"expired","key":"k\n"}"#),
        ]
    )
    func keyLetters(format: String, expected: String) throws {
        #expect(Shaped.key("expired", "k\n", try .template(format, .keyEvents)) == expected + "\n")
    }

    @Test("the server of an event")
    func node() throws {
        let node = NodeNumber(.tcp(host: "10.0.0.1", port: 6379))
        for (format, expected) in [("%s", "10.0.0.1:6379"), ("%j", #","node":"10.0.0.1:6379","db":0,"#)] {
            let shaper = EventShaper(try .template(format, .commands))
            let shown = withBytes(Shaped.line("PING")) { line in
                text { _ = shaper.append(line: line, node: node, receivedAt: 0, to: &$0) }
            }
            #expect(shown.contains(expected))
        }
    }

    @Test(
        "clocks, escapes, and text in between",
        arguments: [
            ("@Y-@m-@d @H:@M:@S.@N", "2026-11-20 23:59:03.045931000"), ("@Z @z", "GMT +0000"), ("@@", "@"),
            (#"a\tb\n\0\e\\\x41\r\a"#, "a\tb\n\0\u{1b}\\A\r\u{7}"), ("é%ké", "émessageé"), ("%k%k", "messagemessage"),
        ]
    )
    func clocks(format: String, expected: String) throws {
        #expect(Shaped.message("x", try .template(format, .messages)) == expected + "\n")
    }

    @Test(
        "widths, precisions and flags",
        arguments: [
            ("[%10p]", "[     héllo]"), ("[%-10p]", "[héllo     ]"), ("[%.2p]", "[hé]"), ("[%5.2p]", "[   hé]"),
            ("[%-5.2p]", "[hé   ]"), ("[%010l]", "[0000000006]"), ("[%-010l]", "[6         ]"), ("[%0p]", "[héllo]"),
            ("[%.0p]", "[]"), ("[%.p]", "[]"), ("[%3p]", "[héllo]"), ("[%-10.10t]", "[2026-11-20]"),
        ]
    )
    func layouts(format: String, expected: String) throws {
        #expect(Shaped.message("héllo", try .template(format, .messages)) == expected + "\n")
    }

    @Test("a width counts columns and cuts no character")
    func wide() throws {
        #expect(Shaped.message("日本", try .template("[%.3p]", .messages)) == "[日]\n")
        #expect(Shaped.message("日本", try .template("[%5p]", .messages)) == "[ 日本]\n")
    }

    @Test("the delimiter ends an event")
    func delimiters() throws {
        #expect(Shaped.message("x", try .template("%p", .messages) { $0.delimiter = [0] }) == "x\0")
        #expect(Shaped.message("x", try .template("%p", .messages) { $0.delimiter = [] }) == "x")
    }

    @Test("a payload that is JSON is put into JSON by %J, without blanks and with escapes, and nothing else is")
    func embedding() throws {
        func payload(_ text: String) throws -> String {
            let shown = Shaped.message(text, try .template("%J", .messages))
            let field = try #require(shown.firstRange(of: #""channel":"ch","#))
            return String(shown[field.upperBound...].dropLast(2))
        }
        for (text, value) in [
            (#" { "a" : [ 1 , -2.5e3 , true , null ] , "b c" : " x " } "#, #"{"a":[1,-2.5e3,true,null],"b c":" x "}"#),
            ("42", "42"), (#""é\u0000""#, #""é\u0000""#), ("\"\u{202e}\u{7f}\"", #""\u202e\u007f""#),
            (#""\ud83d\ude00""#, #""\ud83d\ude00""#),
        ] { #expect(try payload(text) == "\"payload\":\(value)") }
        for text in ["{", "nul", #""\ud83d""#, #""\ude00\ud83d""#, "01", "", "{\"a\":1}x", "\"a\nb\""] {
            #expect(try payload(text).hasPrefix("\"payload\":\""), "\(text)")
        }
        let bytes = Shaped.message(.message, [0x63], Array("\"".utf8) + [0xff, 0x22], try .template("%J", .messages))
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix(",\"payload_base64\":\"Iv8i\"}\n"))
    }

    @Test("a line that cannot be read has empty fields, and is whole in %L and %j")
    func unreadable() throws {
        let format = "%t|%d|%a|%C|%K|%A|%l|%L|%j"
        #expect(
            Shaped.command(Array("what".utf8), try .template(format, .commands))
                == #"1970-01-01T00:00:01.500000Z||||||4|what|{"v":1,"kind":"line","ts":1.500000,"text":"what"}"# + "\n"
        )
    }

    @Test(
        "a mistake is told with its place",
        arguments: [
            ("%y", 1, "unknown letter 'y' behind '%' (known: t T s k c P p q x b J l L j %)"),
            ("ab%-5.3é", 7, "unknown letter 'é' behind '%' (known: t T s k c P p q x b J l L j %)"),
            ("a%", 1, "a letter is missing behind this '%'; write %% for it"),
            ("a%-5", 1, "a letter is missing behind this '%'; write %% for it"),
            ("@", 0, "a letter of strftime is missing behind this '@'; write @@ for it"),
            ("@H@!", 3, "'!' is no letter of strftime, nor N for nanoseconds"),
            (#"a\q"#, 1, #"this is none of the escapes \n \r \t \a \0 \e \\ \xHH"#),
            (#"\x4"#, 0, #"this is none of the escapes \n \r \t \a \0 \e \\ \xHH"#),
            ("%1001p", 1, "a width or a precision is at most 1000"),
            ("%.99999999999999999999p", 2, "a width or a precision is at most 1000"),
            ("%C", 1, "unknown letter 'C' behind '%' (known: t T s k c P p q x b J l L j %)"),
        ]
    )
    func mistakes(format: String, offset: Int, message: String) {
        let error = #expect(throws: ExpressionError.self) { try EventTemplate(format, for: .messages) }
        #expect(error?.message == message)
        #expect(error?.offset == offset)
    }

    @Test(
        "every letter that is told is one, and no other letter is",
        arguments: [EventStreamKind.commands, .messages, .keyEvents]
    )
    func letters(stream: EventStreamKind) {
        let known = Set(EventTemplate.letters(of: stream))
        for byte in UInt8(ascii: "!")...UInt8(ascii: "~") {
            let letter = Character(Unicode.Scalar(byte))
            guard !"-.%0123456789".contains(letter) else { continue }
            let isKnown = (try? EventTemplate("%\(letter)", for: stream)) != nil
            #expect(isKnown == known.contains(letter), "\(letter)")
        }
    }
}
