import RedisEvents
import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("The lines of a recording", .tags(.unit))
struct RecordingParserTests {
    private static let set = #"1795219143.045931 [0 127.0.0.1:41690] "SET" "k\xff" "v""#

    @Test("are those of MONITOR, however they were printed")
    func commands() {
        #expect(
            seen(
                Self.set,
                Self.set + "\r",
                "node=127.0.0.1:6379 " + Self.set,
                "node=[::1]:6379 " + Self.set,
                #"1795219143.045931[3 [::1]:37706] "GET" "k""#,
                #"1795219143.045931 [ns unix:/a b] "x] "GET" "k""#,
                #"12.000001 [0 lua] "GET""#
            ) == [
                Self.set, Self.set, "127.0.0.1:6379 " + Self.set, "[::1]:6379 " + Self.set,
                #"1795219143.045931[3 [::1]:37706] "GET" "k""#, #"1795219143.045931 [ns unix:/a b] "x] "GET" "k""#,
                #"12.000001 [0 lua] "GET""#,
            ]
        )
    }

    @Test("are messages as rwatch prints them")
    func messages() {
        #expect(
            seen(
                #"1795219143.045931 message "ch" "pay\"load\n""#,
                #"1.000002 pmessage "c*" "ch" """#,
                #"node=a:1 1.000002 smessage "ch" "\xc3\xa9""#,
                #"1.000002 message "ch""#,
                #"1.000002 message "ch" "p" "q""#,
                #"1.000002 pmessage "ch" "p""#,
                #"1.000002 Message "ch" "p""#,
                #"1.000002 message "ch" "\q""#
            ) == [
                #"message 1795219143045931 ch||pay"load"# + "\n|", "pmessage 1000002 ch|c*||",
                "smessage 1000002 ch||é|a:1", "unknownForm!", "unknownForm!", "unknownForm!", "unknownForm!",
                "unknownForm!",
            ]
        )
    }

    @Test("are rwatch's JSON, in any order of its fields")
    func json() {
        #expect(
            seen(
                #"{"kind":"command","ts":1795219143.045931,"db":0,"client":"127.0.0.1:41690","cmd":"SET","args":["k",{"base64":"//8="}]}"#,
                #"{"args":[],"cmd":"ping","db":12,"client":"lua","ts":5,"kind":"command","v":1,"keys":["a"],"name":null}"#,
                #" {"kind":"command","ts":1.5,"node":"h:1","namespace":"n","client":"c","cmd_base64":"/w==","args":["\u0000\u00e9\ud83d\ude00"]}"#,
                #"{"kind":"command","ts":1.0000009,"db":0,"client":"c","cmd":"GET","cmd_raw":"gEt","args":[]}"#,
                #"{"kind":"pmessage","ts":1.000001,"node":"h:1","pattern":"p*","channel_base64":"/w==","payload":"\n"}"#,
                #"{"kind":"message","ts":1.000001,"channel":"c","payload":""}"#,
                #"{"kind":"gap","ts":1,"from":1,"to":1}"#,
                #"{"kind":"drop","ts":1,"count":12,"bytes":3}"#,
                #"{"kind":"key","ts":1,"db":0,"event":"set","key":"k"}"#
            ) == [
                #"1795219143.045931 [0 127.0.0.1:41690] "SET" "k" "\xff\xff""#, #"5.000000 [12 lua] "ping""#,
                "unknownForm!", #"1.000000 [0 c] "gEt""#, #"pmessage 1000001 \xff|p*|"# + "\n|h:1",
                "message 1000001 c|||", "gap", "drop(12)", "keyEvent",
            ]
        )
        // A script's command is one, whoever called the script.
        #expect(
            seen(
                #"{"kind":"command","ts":1,"db":0,"client":"c:1","name":"web","lua":true,"cmd":"GET","args":[]}"#,
                #"{"kind":"command","ts":1,"db":0,"client":"c:1","lua":false,"cmd":"GET","args":[]}"#
            ) == [#"1.000000 [0 lua] "GET""#, #"1.000000 [0 c:1] "GET""#]
        )
        #expect(
            seen(
                #"{"kind":"command","ts":1.5,"node":"h:1","namespace":"n","client":"c","cmd_base64":"/w==","args":["\u0000\u00e9\ud83d\ude00"]}"#
            ) == [#"h:1 1.500000 [n c] "\xff" "\x00\xc3\xa9\xf0\x9f\x98\x80""#]
        )
    }

    @Test("are told when they are something else, each by its kind")
    func others() {
        #expect(
            seen(
                "",
                "OK",
                "\r",
                "hello",
                "node=",
                "node=x",
                "1795219143.045931",
                "rwatch: link lost",
                #"1.000000 [0] set "user:1""#,
                #"1.000000 [0] "odd event" "k] ""#,
                #"1.000000 ["#,
                #"{"kind":"command","ts":1,"db":0,"client":"c","cmd":"GET"}"#,
                #"{"kind":"command","ts":1,"db":-1,"client":"c","cmd":"GET","args":[]}"#,
                #"{"kind":"command","ts":1,"db":0,"client":"c","cmd":"GET","args":[1]}"#,
                #"{"kind":"command","ts":1,"db":0,"client":"c","cmd":"GET","args":[{"base64":"/"}]}"#,
                #"{"kind":"command","ts":1e3,"db":0,"client":"c","cmd":"GET","args":[]}"#,
                #"{"kind":"message","ts":1,"channel":"c"}"#,
                #"{"kind":"other"}"#,
                "{}",
                #"{"kind":"line","text":"x"}"#,
                #"{"kind":"gap"} x"#,
                #"{"kind":"gap""#,
                "{"
            ) == [
                "blank", "greeting", "blank", "unknownForm!", "unknownForm!", "unknownForm!", "unknownForm!",
                "unknownForm!", "keyEvent", "keyEvent", "unknownForm!", "unknownRecord!", "unknownRecord!",
                "unknownRecord!", "unknownRecord!", "unknownRecord!", "unknownRecord!", "unknownRecord!",
                "unknownRecord!", "unknownForm!", "brokenJSON!", "brokenJSON!", "brokenJSON!",
            ]
        )
    }

    @Test("bring back every command and message that rwatch prints, as lines and as JSON")
    func roundTrip() {
        var random = Generator(state: 14)
        var json = MonitorLineJSON()
        for _ in 0..<300 {
            let arguments = (0..<Int.random(in: 1...5, using: &random)).map { _ in random.bytes(upTo: 40) }
            let line = formatted { buffer in
                buffer.append(literal: "1795219143.045931 [3 [::1]:5000]")
                for argument in arguments {
                    buffer.append(UInt8(ascii: " "))
                    withBytes(argument) { buffer.append(quoted: $0) }
                }
            }
            let record = formatted { buffer in
                withBytes(line) { _ = json.append(line: $0, receivedAt: 0, to: &buffer) }
            }
            let text = String(decoding: line, as: UTF8.self)
            #expect(seen([line, Array(record.dropLast())]) == [text, text])

            let (channel, payload) = (random.bytes(upTo: 20), random.bytes(upTo: 60))
            let forms = withBytes(channel) { channel in
                withBytes(payload) { payload in
                    [
                        formatted { EventText.message(at: 7, channel: channel, payload: payload, to: &$0) },
                        formatted { EventJSON.message(at: 7, channel: channel, payload: payload, to: &$0) },
                        formatted {
                            EventText.patternMessage(
                                at: 7,
                                pattern: payload,
                                channel: channel,
                                payload: channel,
                                to: &$0
                            )
                        },
                        formatted {
                            EventJSON.patternMessage(
                                at: 7,
                                pattern: payload,
                                channel: channel,
                                payload: channel,
                                to: &$0
                            )
                        },
                    ].map { Array($0.dropLast()) }
                }
            }
            let (one, other) = (RedisBytes(channel), RedisBytes(payload))
            let (message, pattern) = ("message 7 \(one)||\(other)|", "pmessage 7 \(one)|\(other)|\(one)|")
            #expect(seen(forms) == [message, message, pattern, pattern])
        }
    }

    @Test("may be any bytes")
    func hostile() {
        var random = Generator(state: 41)
        let parts = [
            "1795219143.045931 ", "[0 ", "127.0.0.1:1] ", "\"SET\" ", "\"", "\\x", "{", "}", "\"kind\":", "\"command\"",
            ",", "\"args\":[", "]", "node=", "\u{0}", "é", "1.", " message ", "\"base64\":\"", "99999999999999999999",
        ]
        var count = 0
        for _ in 0..<5_000 {
            var line: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                line +=
                    Bool.random(using: &random)
                    ? Array(parts[Int.random(in: 0..<parts.count, using: &random)].utf8) : random.bytes(upTo: 8)
            }
            count += seen([line]).count
        }
        #expect(count == 5_000)
    }
}
