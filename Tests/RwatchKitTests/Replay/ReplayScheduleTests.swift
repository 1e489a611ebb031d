import RwatchKit
import TestSupport
import Testing

@Suite("The schedule of a replay", .tags(.unit))
struct ReplayScheduleTests {
    private func due(
        _ times: [Int64],
        _ speed: String = "1x",
        longestPause: Duration? = nil
    ) throws -> [Duration?] {
        var schedule = ReplaySchedule(try #require(ReplaySpeed(speed)), longestPause: longestPause)
        return times.map { schedule.due($0) }
    }

    @Test("keeps the distances of the recording, at its speed")
    func distances() throws {
        let times: [Int64] = [1_000_000, 1_000_001, 3_000_001]
        #expect(try due(times) == [.zero, .microseconds(1), .microseconds(2_000_001)])
        #expect(try due(times, "10x") == [.zero, .nanoseconds(100), .nanoseconds(200_000_100)])
        #expect(try due(times, "0.5x") == [.zero, .microseconds(2), .microseconds(4_000_002)])
        #expect(try due(times, "max") == [nil, nil, nil])
    }

    @Test("sends at once what is a little out of order, and goes on behind a clock that was set")
    func disorder() throws {
        #expect(
            try due([5_000_000, 6_000_000, 5_500_000, 6_500_000])
                == [.zero, .seconds(1), .seconds(1), .milliseconds(1500)]
        )
        #expect(
            try due([5_000_000, 6_000_000, 1_000_000, 1_500_000])
                == [.zero, .seconds(1), .seconds(1), .milliseconds(1500)]
        )
    }

    @Test("cuts pauses, and never overflows")
    func pauses() throws {
        #expect(
            try due([0, 3_600_000_000, 3_600_500_000], longestPause: .seconds(2))
                == [.zero, .seconds(2), .milliseconds(2500)]
        )
        for speed in ["0.001x", "1x", "1000000x"] {
            let found = try due([0, .max, 0, .max, .min, .max], speed)
            #expect(zip(found, found.dropFirst()).allSatisfy { $0 ?? .zero <= $1 ?? .zero })
        }
    }

    @Test("begins another pass where the last one has ended")
    func passes() throws {
        var schedule = ReplaySchedule(.times(1))
        #expect(schedule.due(1_000_000) == .zero)
        #expect(schedule.due(2_000_000) == .seconds(1))
        schedule.beginAgain()
        #expect(schedule.due(1_000_000) == .seconds(1))
        #expect(schedule.due(2_000_000) == .seconds(2))
        #expect(schedule.recordedDuration == .seconds(2))
    }

    @Test(
        "has a speed that reads as it is written",
        arguments: [
            ("1x", "1x"), ("10x", "10x"), ("2", "2x"), ("0.5x", "0.5x"), ("max", "max"), ("1000000x", "1000000x"),
            ("0x", nil), ("-1x", nil), ("x", nil), ("", nil), ("1xx", nil), ("nan", nil), ("inf", nil), ("1e3x", nil),
            (".5x", nil), ("5.", nil), ("1000001x", nil), ("fast", nil), ("0.0001x", nil),
        ] as [(String, String?)]
    )
    func speeds(text: String, shown: String?) {
        #expect(ReplaySpeed(text)?.description == shown)
    }
}
