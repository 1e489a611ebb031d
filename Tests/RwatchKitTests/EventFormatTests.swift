import RedisCore
import RedisReactor
import RwatchKit
import TestSupport
import Testing

@Suite("Event lines", .tags(.unit))
struct EventFormatTests {
    static let time: Int64 = 1_795_219_143_045_931

    /// A line whose three byte strings are these.
    static func line(
        _ pattern: String,
        _ channel: String,
        _ payload: [UInt8],
        _ body: (RawSpan, RawSpan, RawSpan, inout OutputBuffer) -> Void
    ) -> String {
        withBytes(Array(pattern.utf8)) { pattern in
            withBytes(Array(channel.utf8)) { channel in
                withBytes(payload) { payload in text { body(pattern, channel, payload, &$0) } }
            }
        }
    }

    @Test("text lines are MONITOR's grammar")
    func textLines() {
        let payload = Array("hé\n".utf8)
        #expect(
            Self.line("", "c h", payload) { _, channel, payload, buffer in
                EventText.message(at: Self.time, channel: channel, payload: payload, to: &buffer)
            } == #"1795219143.045931 message "c h" "h\xc3\xa9\n""# + "\n"
        )
        #expect(
            Self.line("c*", "ch", []) { pattern, channel, payload, buffer in
                EventText.patternMessage(
                    at: Self.time,
                    pattern: pattern,
                    channel: channel,
                    payload: payload,
                    to: &buffer
                )
            } == #"1795219143.045931 pmessage "c*" "ch" """# + "\n"
        )
        #expect(
            Self.line("", "ch", [0x78]) { _, channel, payload, buffer in
                EventText.shardMessage(at: Self.time, channel: channel, payload: payload, to: &buffer)
            } == #"1795219143.045931 smessage "ch" "x""# + "\n"
        )
    }

    @Test("a raw line is the payload and a line feed")
    func raw() {
        let written = withBytes([0xff, 0x0a, 0x22]) { span in formatted { EventText.raw(span, to: &$0) } }
        #expect(written == [0xff, 0x0a, 0x22, 0x0a])
    }

    @Test("a line of MONITOR is as the server wrote it, but for what could do something to a terminal")
    func monitorLine() {
        func line(_ bytes: [UInt8]) -> [UInt8] {
            withBytes(bytes) { span in formatted { EventText.visible(span, to: &$0) } }
        }
        for count in 0..<40 {
            let plain = Array(#"1.0 [0 lua] "A\x1b" "~ ""#.utf8.prefix(count))
            #expect(line(plain) == plain + [0x0a])
        }
        for byte in UInt8.min...UInt8.max where byte < 0x20 || byte > 0x7e {
            for place in 0..<20 {
                let before = [UInt8](repeating: 0x61, count: place)
                let shown = String(decoding: line(before + [byte] + before), as: UTF8.self)
                let letters: [UInt8: String] = [0x07: "a", 0x08: "b", 0x09: "t", 0x0a: "n", 0x0d: "r"]
                let digits = String(byte, radix: 16)
                let escape = letters[byte] ?? "x" + (byte < 16 ? "0" : "") + digits
                let around = String(repeating: "a", count: place)
                #expect(shown == "\(around)\\\(escape)\(around)\n")
            }
        }
        let text = Array("\u{85}é\u{a0}€\u{9f}\u{202e}😀\u{e0041}ع\u{61c}".utf8)
        let shown = "\\xc2\\x85é\u{a0}€\\xc2\\x9f\\xe2\\x80\\xae😀\\xf3\\xa0\\x81\\x81ع\\xd8\\x9c\n"
        #expect(String(decoding: line(text), as: UTF8.self) == shown)
    }

    @Test("JSON lines have their keys in this order")
    func jsonLines() {
        #expect(
            Self.line("", "ch", Array("hi".utf8)) { _, channel, payload, buffer in
                EventJSON.message(at: Self.time, channel: channel, payload: payload, to: &buffer)
            } == #"{"v":1,"kind":"message","ts":1795219143.045931,"channel":"ch","payload":"hi"}"# + "\n"
        )
        #expect(
            Self.line("c*", "ch", [0xff]) { pattern, channel, payload, buffer in
                EventJSON.patternMessage(
                    at: Self.time,
                    pattern: pattern,
                    channel: channel,
                    payload: payload,
                    to: &buffer
                )
            }
                == #"{"v":1,"kind":"pmessage","ts":1795219143.045931,"pattern":"c*","channel":"ch","payload_base64":"/w=="}"#
                + "\n"
        )
        #expect(
            Self.line("", "ch", Array("é".utf8)) { _, channel, payload, buffer in
                EventJSON.shardMessage(at: Self.time, channel: channel, payload: payload, to: &buffer)
            } == #"{"v":1,"kind":"smessage","ts":1795219143.045931,"channel":"ch","payload":"é"}"# + "\n"
        )
    }

    private func gap(missed: Int?) -> RedisGap {
        let start = ContinuousClock.now
        return RedisGap(
            cause: RedisDisconnect(.refused, "closed \"x\""),
            from: Moment(wall: RedisTimestamp(microseconds: 1_000_000), monotonic: start),
            until: Moment(
                wall: RedisTimestamp(microseconds: 2_500_900),
                monotonic: start.advanced(by: .microseconds(1_500_900))
            ),
            isComplete: true,
            missedPublishes: missed
        )
    }

    @Test("gap and drop records")
    func records() {
        var loss = OutputLoss(from: 1_500_000)
        (loss.events, loss.bytes) = (123, 4_567)
        #expect(
            text { EventJSON.gap(gap(missed: 3), to: &$0) }
                == #"{"v":1,"kind":"gap","ts":2.500900,"from":1.000000,"to":2.500900,"duration_ms":1500,"complete":true,"#
                + #""missed_at_most":3,"cause":"refused","confidence":"certain","reason":"closed \"x\""}"# + "\n"
        )
        #expect(text { EventJSON.gap(gap(missed: nil), to: &$0) }.contains(#""complete":true,"cause":"#))
        #expect(
            text { EventJSON.drop(loss, at: Self.time, to: &$0) }
                == #"{"v":1,"kind":"drop","ts":1795219143.045931,"from":1.500000,"count":123,"bytes":4567}"# + "\n"
        )
    }

    @Test("events of keys name the database, the event and the key")
    func keyEvents() {
        func line(_ event: String, _ key: [UInt8], isJSON: Bool) -> String {
            Self.line("", event, key) { _, event, key, buffer in
                if isJSON {
                    EventJSON.keyEvent(at: Self.time, database: 3, event: event, key: key, to: &buffer)
                } else {
                    EventText.keyEvent(at: Self.time, database: 3, event: event, key: key, to: &buffer)
                }
            }
        }
        #expect(line("set", Array("a \"b".utf8), isJSON: false) == #"1795219143.045931 [3] set "a \"b""# + "\n")
        #expect(line("rename_from", [0xff], isJSON: false) == #"1795219143.045931 [3] rename_from "\xff""# + "\n")
        #expect(line("my event", [], isJSON: false) == #"1795219143.045931 [3] "my event" """# + "\n")
        #expect(line("", [], isJSON: false) == #"1795219143.045931 [3] "" """# + "\n")
        #expect(
            line("set", Array("a".utf8), isJSON: true)
                == #"{"v":1,"kind":"key","ts":1795219143.045931,"db":3,"event":"set","key":"a"}"# + "\n"
        )
        #expect(
            line("set", [0xff], isJSON: true)
                == #"{"v":1,"kind":"key","ts":1795219143.045931,"db":3,"event":"set","key_base64":"/w=="}"# + "\n"
        )
    }
}
