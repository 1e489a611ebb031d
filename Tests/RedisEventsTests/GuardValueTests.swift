import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("A monitor's guard and big values", .tags(.unit))
struct GuardValueTests {
    private static let megabyte = 1 << 20
    private let start = ContinuousClock.now

    private typealias Look = (omem: Int, blocks: Int, arrived: Int, longest: Int)

    /// What a guard does after each of these looks: the megabytes that wait, or whatever else the unit is, in how many
    /// blocks, what has arrived in whole lines since the link stood, and the longest of them.
    private func actions(_ looks: [Look], unit: Int = Self.megabyte, limit: Int = 32 << 20) -> [String] {
        var machine = GuardMachine(Monitor.Guard(limit: limit))
        _ = machine.linkIsUp(id: 7, at: start)
        return looks.map { look in
            let list = RedisBytes("id=7 flags=O oll=\(look.blocks) omem=\(look.omem * unit) cmd=monitor\n")
            var arrivals = MonitorArrivals()
            arrivals.add(look.arrived * unit, longest: look.longest * unit)
            switch machine.answered(list, arrivals, at: start) {
            case .ask(let wait): return wait < .seconds(1) ? "soon" : "later"
            case .trip: return "trip"
            case .blind: return "blind"
            }
        }
    }

    @Test("one value is let through, however long that takes")
    func one() {
        // 12 MB of binary: a line of 48, and small commands behind it.
        #expect(
            actions([(48, 2, 0, 0), (48, 40, 1, 0), (49, 100, 5, 0), (1, 10, 60, 48)]) == [
                "soon", "soon", "soon", "later",
            ]
        )
    }

    @Test("one after another is none too many")
    func several() {
        #expect(
            actions([
                (48, 1, 0, 0), (0, 0, 48, 48), (60, 1, 48, 48), (60, 2, 48, 48), (30, 1, 108, 60), (0, 0, 138, 60),
            ])
                == ["soon", "later", "soon", "soon", "later", "later"]
        )
        // Behind a look at which nothing waits, the next may be longer than all before.
        #expect(
            actions([(48, 1, 0, 0), (0, 0, 48, 48), (90, 1, 48, 48), (90, 2, 48, 48)]) == [
                "soon", "later", "soon", "soon",
            ]
        )
        // One behind the other, without a look in between at which nothing waits.
        #expect(
            actions([(48, 1, 0, 0), (48, 1, 48, 48), (48, 1, 96, 48), (70, 2, 144, 48)]) == [
                "soon", "soon", "soon", "soon",
            ]
        )
    }

    @Test("many small commands are a backlog at once")
    func small() {
        #expect(actions([(33, 2000, 0, 0)]) == ["trip"])
        #expect(actions([(33, 1700, 500, 60)]) == ["trip"])
    }

    @Test("what grows beside the value is a backlog, and so are many values")
    func growing() {
        #expect(
            actions([(48, 2, 0, 0), (70, 900, 0, 0), (81, 1500, 0, 0), (82, 1600, 0, 0)]) == [
                "soon", "soon", "soon", "trip",
            ]
        )
        // Only twice in a row tells.
        #expect(
            actions([(48, 2, 0, 0), (81, 900, 0, 0), (70, 900, 0, 0), (81, 900, 0, 0), (81, 900, 0, 0)]) == [
                "soon", "soon", "soon", "soon", "trip",
            ]
        )
        #expect(actions([(480, 10, 0, 0), (432, 9, 48, 48), (384, 8, 96, 48)]) == ["soon", "soon", "trip"])
        // Values that no look can tell from one: those that have arrived tell.
        #expect(actions([(33, 33, 0, 0), (33, 33, 100, 1), (33, 33, 101, 1)]) == ["soon", "soon", "soon"])
        #expect(actions([(60, 60, 0, 0), (60, 60, 100, 1), (60, 60, 101, 1)]) == ["soon", "soon", "trip"])
    }

    @Test("a byte decides")
    func bounds() {
        // Whether ten blocks for small lines can hold what waits.
        #expect(actions([(240 << 10, 10, 0, 0)], unit: 1, limit: 1000) == ["trip"])
        #expect(actions([((240 << 10) + 1, 10, 0, 0)], unit: 1, limit: 1000) == ["soon"])
        // Whether more than the limit waits beside the value.
        for (beside, last) in [(1000, "soon"), (1001, "trip")] {
            let look: Look = (100_000 + beside, 1, 0, 0)
            #expect(actions([(100_000, 1, 0, 0), look, look], unit: 1, limit: 1000) == ["soon", "soon", last])
        }
        // Whether what has arrived since the first look may have been on its way in front of the value.
        for (since, last) in [(16 << 20, "soon"), ((16 << 20) + 1, "trip")] {
            let look: Look = (100_000, 1, 70_000 + since, 0)
            #expect(actions([(100_000, 1, 70_000, 0), look, look], unit: 1, limit: 1000) == ["soon", "soon", last])
        }
    }

    @Test("what was seen of one link tells nothing of the next")
    func nextLink() {
        var machine = GuardMachine(Monitor.Guard())
        for omem in [48, 90] {
            _ = machine.linkIsUp(id: 7, at: start)
            let list = RedisBytes("id=7 flags=O oll=2 omem=\(omem * Self.megabyte) cmd=monitor\n")
            for _ in 0..<2 {
                let action = machine.answered(list, at: start)
                #expect(action == .ask(after: .milliseconds(250)))
            }
        }
    }

    @Test("numbers that no server says do no harm")
    func absurd() {
        var machine = GuardMachine(Monitor.Guard())
        _ = machine.linkIsUp(id: 7, at: start)
        let list = RedisBytes("id=7 flags=O oll=\(Int.max) omem=\(Int.max) cmd=monitor\n")
        let action = machine.answered(list, at: start)
        #expect(action == .ask(after: .milliseconds(250)))
    }
}
