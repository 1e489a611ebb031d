import RwatchKit
import TestSupport
import Testing

@Suite("The names of a recording's parts", .tags(.unit))
struct RecordingNameTests {
    /// 2026-11-21 00:39:03 UTC.
    private let time: Int64 = 1_795_221_543

    private func name(_ text: String) throws(RecordingNameError) -> RecordingName {
        try RecordingName(Array(text.utf8))
    }

    private func path(_ text: String, _ number: Int) throws -> String {
        String(decoding: try name(text).path(at: time, isUTC: true, number: number), as: UTF8.self)
    }

    @Test(
        "contain the time, and a number before the extension",
        arguments: [
            ("events.log", "events.log", "events.2.log"),
            ("/var/log/e", "/var/log/e", "/var/log/e.2"),
            (".hidden", ".hidden", ".hidden.2"),
            ("a.b/c", "a.b/c", "a.b/c.2"),
            ("e-%F.tar.log", "e-2026-11-21.tar.log", "e-2026-11-21.tar.2.log"),
            ("e.%Y%m%d-%H%M%S", "e.20261121-003903", "e.20261121-003903.2"),
            ("%y-%j-%s-100%%.x", "26-325-1795221543-100%.x", "26-325-1795221543-100%.2.x"),
        ]
    )
    func expanded(text: String, first: String, third: String) throws {
        #expect(try path(text, 0) == first)
        #expect(try path(text, 2) == third)
    }

    @Test(
        "are known again, with a number and compressed, and nothing else is",
        arguments: [
            ("e-%F.log", "e-2026-11-21.log", true), ("e-%F.log", "e-2026-11-21.7.log.gz", true),
            ("e-%F.log", "e-2026-11-21.7.log", true), ("e-%F.log", "e-2026-1121.log", false),
            ("e-%F.log", "e-2026-11-21.log.bak", false), ("e-%F.log", "e-2026-11-21..log", false),
            ("e-%F.log", "e-2026-11-21.log.part", false), ("e-%F.log", "xe-2026-11-21.log", false),
            ("e.log", "e.log", true), ("e.log", "e.12.log", true), ("e.log", "e.log.1", false), ("e", "e.1", true),
            ("e%H%M", "e0102", true), ("e%H%M", "e01x2", false), ("e%s", "e1795221543", true), ("e%s", "e", false),
        ]
    )
    func matched(text: String, file: String, isPart: Bool) throws {
        #expect(try name(text).matches(Array(file.utf8)) == isPart)
    }

    @Test(
        "are refused with the part that is wrong",
        arguments: [
            ("", RecordingNameError.noName), ("folder/", .noName), ("%Y/e.log", .timeInFolder), ("a\0b", .noName),
            ("e-%q.log", .unknownLetter("%q", at: 2)), ("e%", .unknownLetter("%", at: 1)),
        ]
    )
    func refused(text: String, error: RecordingNameError) {
        #expect(throws: error) { try name(text) }
    }
}

@Suite("The end of a recording's part", .tags(.unit))
struct PartScheduleTests {
    @Test("comes before the chunk with which the part would be too large, but no part is empty")
    func size() {
        var schedule = PartSchedule(size: 100, period: nil)
        schedule.begin(at: 0, offset: 0)
        #expect(!schedule.isFull(for: 500))
        schedule.wrote(60)
        #expect(!schedule.isFull(for: 40))
        #expect(schedule.isFull(for: 41))
        schedule.begin(at: 0, offset: 0)
        #expect(!schedule.isFull(for: 41))
    }

    @Test(
        "comes at whole multiples of the period",
        arguments: [
            // 2026-11-21 00:39:03 UTC.
            (1_795_221_543, 3_600, 1_795_222_800), (1_795_222_800, 3_600, 1_795_226_400),
            (1_795_221_543, 86_400, 1_795_305_600), (-1, 60, 0),
        ]
    )
    func period(begin: Int64, seconds: Int64, end: Int64) {
        var schedule = PartSchedule(size: nil, period: .seconds(seconds))
        schedule.begin(at: begin, offset: 0)
        #expect(schedule.end == end)
        #expect(!schedule.isOver(at: end - 1))
        #expect(schedule.isOver(at: end))
        var elsewhere = PartSchedule(size: nil, period: .seconds(86_400))
        elsewhere.begin(at: 1_795_221_543, offset: -3_600)
        #expect(elsewhere.end == 1_795_222_800)
        // A clock that was set back ends nothing.
        #expect(!schedule.isOver(at: begin - 10_000))
    }
}
