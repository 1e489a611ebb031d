import Foundation
import RwatchKit
import TestSupport
import Testing

@Suite("MONITOR lines as JSON", .tags(.unit))
struct MonitorLineJSONTests {
    static func convert(_ line: [UInt8]) -> String {
        var converter = MonitorLineJSON()
        return withBytes(line) { span in text { converter.append(line: span, receivedAt: 1_500_000, to: &$0) } }
    }

    static func convert(_ line: String) -> String { convert(Array(line.utf8)) }

    @Test(
        "every form of source",
        arguments: [
            (#"0 127.0.0.1:60866"#, #""db":0,"client":"127.0.0.1:60866""#),
            (#"15 [::1]:37706"#, #""db":15,"client":"[::1]:37706""#),
            (#"3 unix:/run/r.sock"#, #""db":3,"client":"unix:/run/r.sock""#),
            (#"0 unix:/path with blanks ] or so/x.sock"#, #""db":0,"client":"unix:/path with blanks ] or so/x.sock""#),
            (#"0 unix:/odd]"#, #""db":0,"client":"unix:/odd]""#),
            (#"0 unix:/q"b\s"#, #""db":0,"client":"unix:/q\"b\\s""#),
            (#"0 unix:/o]d"x"#, #""db":0,"client":"unix:/o]d\"x""#),
            (#"0 lua"#, #""db":0,"client":"lua""#),
            (#"0 "#, #""db":0,"client":"""#),
            (#"tenant 10.0.0.1:5"#, #""namespace":"tenant","client":"10.0.0.1:5""#),
            (#"007 10.0.0.1:5"#, #""db":7,"client":"10.0.0.1:5""#),
        ]
    )
    func sources(header: String, expected: String) {
        #expect(
            Self.convert("1339518083.107412 [\(header)] \"keys\" \"*\"")
                == #"{"v":1,"kind":"command","ts":1339518083.107412,"# + expected + #","cmd":"keys","args":["*"]}"#
                + "\n"
        )
    }

    @Test("the name and the user of the client, and a script's command that names its caller")
    func clients() {
        let line = Array(#"1.000000 [0 10.0.0.1:1] "GET""#.utf8)
        for (client, isFromScript, expected) in [
            (KnownClient(name: Array("web".utf8), user: Array("ann".utf8)), false, #","name":"web","user":"ann""#),
            (KnownClient(name: [], user: nil), true, #","name":"","lua":true"#), (nil, true, #","lua":true"#),
            (KnownClient(name: [0xff], user: [0x22]), false, #","name_base64":"/w==","user":"\"""#),
        ] {
            var converter = MonitorLineJSON()
            let shown = withBytes(line) { span in
                text {
                    converter.append(
                        line: span,
                        receivedAt: 0,
                        client: client,
                        isFromScript: isFromScript,
                        to: &$0
                    )
                }
            }
            let start = #"{"v":1,"kind":"command","ts":1.000000,"db":0,"client":"10.0.0.1:1""#
            #expect(shown == start + expected + #","cmd":"GET","args":[]}"# + "\n")
        }
    }

    @Test(
        "arguments and their escapes",
        arguments: [
            (#""PING""#, #""cmd":"PING","args":[]"#),
            (#""SET" "" """#, #""cmd":"SET","args":["",""]"#),
            (#""a" "\\\"\n\r\t\a\b""#, #""cmd":"a","args":["\\\"\n\r\t\u0007\b"]"#),
            (#""a" "\\" "b""#, #""cmd":"a","args":["\\","b"]"#),
            (#""a" "\x00\x1f\x0c\x22\x5c\x41\x7f""#, #""cmd":"a","args":["\u0000\u001f\f\"\\A\u007f"]"#),
            (
                #""a" "h\xc3\xa9" "\xff" "\xFE\x00z" "x""#,
                #""cmd":"a","args":["hé",{"base64":"/w=="},{"base64":"/gB6"},"x"]"#
            ),
            (#""\xff" "k""#, #""cmd_base64":"/w==","args":["k"]"#),
            (#""\xc3\xa9""#, #""cmd":"é","args":[]"#),
            (#""a" "] \"x\"" "b] ""#, #""cmd":"a","args":["] \"x\"","b] "]"#),
        ]
    )
    func arguments(quoted: String, expected: String) {
        #expect(
            Self.convert("1.000000 [0 lua] " + quoted)
                == #"{"v":1,"kind":"command","ts":1.000000,"db":0,"client":"lua","# + expected + "}\n"
        )
    }

    @Test("a blank may be missing before the header")
    func noBlank() {
        #expect(
            Self.convert(#"1.000000[0 lua] "GET""#)
                == #"{"v":1,"kind":"command","ts":1.000000,"db":0,"client":"lua","cmd":"GET","args":[]}"# + "\n"
        )
    }

    @Test(
        "a line that breaks the grammar is kept as text",
        arguments: [
            "", "OK", "1.000000", "1.000000 ", "1.000000 [", "1.000000 [0", "1.000000 [0 lua]", "1.000000 [0 lua] ",
            #"1.000000 [0 lua] ""#, #"1.000000 [0 lua] "a"#, #"1.000000 [0 lua] "a" "#, #"1.000000 [0 lua] "a"x"#,
            #"1.000000 [0 lua] "a"  "b""#, #"1.000000 [0 lua] "a" b"#, #"1.000000 [0 lua] "\q""#,
            #"1.000000 [0 lua] "\x4""#, #"1.000000 [0 lua] "\xg0""#, #"1.000000 [0 lua] "a\"#,
            #"1.000000 [0 lua] "\xff" "\xff\"#, #"1.000000 [0 lua] "\xff"#, #"1.00000 [0 lua] "a""#,
            #"1.0000000 [0 lua] "a""#, #".000000 [0 lua] "a""#, #"x.000000 [0 lua] "a""#,
            #"1.000000 (db 0) "a""#, #"1.000000 "a""#, #"1.000000 [ lua] "a""#, #"-1.000000 [0 lua] "a""#,
        ]
    )
    func malformed(line: String) throws {
        let written = Self.convert(line)
        let object = try #require(
            JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: Any]
        )
        #expect(object.count == 4)
        #expect(object["kind"] as? String == "line" && object["text"] as? String == line)
        #expect(written.hasPrefix(#"{"v":1,"kind":"line","ts":1.500000,"text":""#))
    }

    @Test("a malformed line of bytes is kept in base64")
    func malformedBytes() {
        #expect(Self.convert([0xff]) == #"{"v":1,"kind":"line","ts":1.500000,"text_base64":"/w=="}"# + "\n")
    }

    @Test("bytes which a server should have escaped stand for themselves")
    func unescaped() {
        let line = Array("1.000000 [0 lua] \"SET\" \"é\t\" \"".utf8) + [0xff] + Array("\"".utf8)
        #expect(
            Self.convert(line)
                == #"{"v":1,"kind":"command","ts":1.000000,"db":0,"client":"lua","cmd":"SET","args":["é\t",{"base64":"/w=="}]}"#
                + "\n"
        )
    }

    @Test("each of the 256 byte values survives quoting and conversion, alone and in company")
    func everyByte() throws {
        for byte in UInt8.min...UInt8.max {
            try roundTrip([
                [0x63], [byte], [0x61, byte, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, 0x61, byte], [byte, byte],
            ])
        }
    }

    @Test("random argument lists survive quoting and conversion")
    func random() throws {
        var generator = Generator(state: 4)
        for _ in 0..<3_000 {
            let count = Int.random(in: 1...6, using: &generator)
            try roundTrip((0..<count).map { _ in generator.bytes(upTo: 40) })
        }
    }

    /// Quotes a command as the server would, converts the line and compares what a JSON parser makes of it.
    func roundTrip(_ arguments: [[UInt8]]) throws {
        var line = Array("1339518083.107412 [0 [::1]:5]".utf8)
        for argument in arguments {
            line += [0x20] + withBytes(argument) { span in formatted { $0.append(quoted: span) } }
        }
        let written = Self.convert(line)
        let object = try #require(JSONSerialization.jsonObject(with: Data(written.utf8)) as? [String: Any])
        #expect(object["kind"] as? String == "command")
        var decoded: [[UInt8]] = []
        if let command = object["cmd"] as? String {
            decoded.append(Array(command.utf8))
        } else {
            decoded.append(try #require(base64Decoded(object["cmd_base64"] as? String)))
        }
        for element in try #require(object["args"] as? [Any]) {
            if let text = element as? String {
                decoded.append(Array(text.utf8))
            } else {
                let wrapped = try #require(element as? [String: String])
                decoded.append(try #require(base64Decoded(wrapped["base64"])))
            }
        }
        #expect(decoded == arguments)
    }
}
