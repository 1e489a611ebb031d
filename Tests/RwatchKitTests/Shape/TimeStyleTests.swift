import RedisEvents
import RwatchKit
import TestSupport
import Testing

@Suite("The time of an event", .tags(.unit))
struct TimeStyleTests {
    private func times(_ style: TimeStyle, _ moments: [Int64]) throws -> [String] {
        let shaper = EventShaper(try .template("%t", .messages) { $0.time = style })
        let written = withBytes([]) { none in
            text { buffer in
                for moment in moments {
                    shaper.append(.message, channel: none, pattern: none, payload: none, at: moment, to: &buffer)
                }
            }
        }
        return written.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    @Test(
        "in each style",
        arguments: [
            (TimeStyle.iso, "2026-11-20T23:59:03.045931Z"), (.unix, "1795219143.045931"), (.local, "23:59:03.045931"),
            (.delta, "+0.000000"), (.none, ""),
        ]
    )
    func styles(style: TimeStyle, expected: String) throws {
        #expect(try times(style, [Shaped.time]) == [expected])
    }

    @Test("a minute goes over into the next, and time back into the one before")
    func minutes() throws {
        #expect(
            try times(.local, [59_999_999, 60_000_000, 60_000_001, 0, -1, 86_400_000_000])
                == [
                    "00:00:59.999999", "00:01:00.000000", "00:01:00.000001", "00:00:00.000000", "23:59:59.999999",
                    "00:00:00.000000",
                ]
        )
        #expect(try times(.iso, [-1]) == ["1969-12-31T23:59:59.999999Z"])
    }

    @Test("the difference to the event before, also when the clock is set back")
    func differences() throws {
        #expect(
            try times(.delta, [5_000_000, 5_003_120, 7_000_000, 6_999_999, .max, .min])
                == ["+0.000000", "+0.003120", "+1.996880", "-0.000001", "+9223372036847.775808", "+0.000000"]
        )
    }

    @Test("a year that no calendar has is written in seconds")
    func beyondCalendars() throws {
        #expect(try times(.iso, [.max]) == ["294247-01-10T04:00:54.775807Z"])
        let line = Array("99999999999999999.000001 [0 lua] \"PING\"".utf8)
        let written = Shaped.command(line, .utc(.line, .iso))
        #expect(written.hasSuffix(" [0 lua] \"PING\"\n"))
    }
}
