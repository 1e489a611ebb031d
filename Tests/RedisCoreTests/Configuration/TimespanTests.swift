import RedisCore
import TestSupport
import Testing

private let noTimespan =
    "is no time span; write 200ms, 30s, 1m30s or 30 seconds; the units are day, hour, minute, second, millisecond"
private let noUnit = "has no unit; write it with one, such as 30s or 30 seconds"
private let wrongOrder = "has a unit twice or behind a smaller one; write 1h30m"
private let tooLong = "is over 292 million years"

@Suite("Time spans", .tags(.unit))
struct TimespanTests {
    @Test(
        "are a number and a unit, or numbers with short units",
        arguments: [
            ("30 milliseconds", 30), ("1 second", 1000), ("2 seconds", 2000), ("30 minutes", 1_800_000),
            ("2 hours", 7_200_000), ("1 day", 86_400_000), ("1 millisecond", 1), ("1 minute", 60_000),
            ("1 hour", 3_600_000), ("3 days", 259_200_000), ("0 seconds", 0), (" 5\tseconds\n", 5000),
            ("007 seconds", 7000), ("200ms", 200), ("3s", 3000), ("1m30s", 90_000), ("1d2h3m4s5ms", 93_784_005),
            ("1h5ms", 3_600_005), ("90m", 5_400_000), ("1m90s", 150_000), ("0s", 0), ("0ms", 0),
            ("9223372036854775807ms", Int64.max), ("106751991167d7h12m55s807ms", Int64.max),
        ]
    )
    func valid(_ text: String, _ milliseconds: Int64) throws {
        let timespan = try Timespan(text)
        #expect(timespan.milliseconds == milliseconds)
        #expect(timespan.duration == .milliseconds(milliseconds))
        #expect(try Timespan(timespan.description) == timespan)
        #expect(Timespan(exactly: timespan.duration) == timespan)
    }

    @Test(
        "of any other form are refused",
        arguments: [
            ("", "is empty; write 30s or 30 seconds"), (" ", "is empty; write 30s or 30 seconds"), ("a b", noTimespan),
            ("10 florgles", noTimespan), ("a b c", noTimespan), ("3.2 hours", noTimespan), ("92", noUnit),
            ("0", noUnit),
            ("1 secondss", noTimespan), ("1 secondsss", noTimespan), ("-1 second", noTimespan),
            ("+1 second", noTimespan), ("1 Second", noTimespan),
            ("1 s", noTimespan), ("1 ms", noTimespan), ("1 m 30 s", noTimespan), ("1second", noTimespan),
            ("1.5s", noTimespan), ("-3s", noTimespan),
            ("1e3ms", noTimespan), ("1S", noTimespan), ("s", noTimespan), ("1m30", noTimespan), ("m30s", noTimespan),
            ("seconds 30", noTimespan),
            ("30s1m", wrongOrder), ("1m1m", wrongOrder), ("1s1ms1s", wrongOrder), ("٣s", noTimespan),
            ("３ seconds", noTimespan),
            ("1\u{a0}second", noTimespan), ("9223372036854775808ms", tooLong), ("9223372036854775807 seconds", tooLong),
            ("106751991167d7h12m55s808ms", tooLong), ("106751991168 days", tooLong),
            ("99999999999999999999999 days", tooLong),
        ]
    )
    func invalid(_ text: String, _ complaint: String) {
        let error = #expect(throws: RedisError.self) { try Timespan(text) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == "time span \"\(text)\" \(complaint)")
    }

    @Test(
        "are written with the largest units",
        arguments: [(0, "0s"), (1, "1ms"), (1000, "1s"), (90_000, "1m30s"), (93_784_005, "1d2h3m4s5ms")]
    )
    func description(_ milliseconds: Int64, _ text: String) throws {
        #expect(try #require(Timespan(exactly: .milliseconds(milliseconds))).description == text)
    }

    @Test("are read again as what they were")
    func roundTrip() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let milliseconds = Int64.random(in: 0...(Int64.max >> Int64.random(in: 0..<63)), using: &random)
            let timespan = try #require(Timespan(exactly: .milliseconds(milliseconds)))
            #expect(timespan.milliseconds == milliseconds)
            #expect(try Timespan(timespan.description) == timespan)
            #expect(try Timespan("\(milliseconds) milliseconds") == timespan)
        }
    }

    @Test(
        "are whole milliseconds from zero up",
        arguments: [
            Duration.milliseconds(-1), .microseconds(1), .seconds(Int64.max), .nanoseconds(-1), .seconds(-Int64.max),
        ]
    )
    func inexact(_ duration: Duration) {
        #expect(Timespan(exactly: duration) == nil)
    }

    @Test("compare by their length")
    func order() throws {
        #expect(try Timespan("999ms") < Timespan("1 second"))
        #expect(try Timespan("1000ms") == Timespan("1 second"))
    }
}
