import RedisCore
import RedisRESP
import TestSupport
import Testing

@Suite("Gaps whose names go from link to link", .tags(.unit))
struct GapTrackerTests {
    private let start = Moment.now()

    private func at(_ milliseconds: Int) -> Moment {
        Moment(
            wall: RedisTimestamp(microseconds: start.wall.microseconds + Int64(milliseconds) * 1000),
            monotonic: start.monotonic + .milliseconds(milliseconds)
        )
    }

    private func names(_ texts: String...) -> [RedisGap.Name] {
        texts.map { RedisGap.Name(kind: .shardChannel, name: RedisBytes($0)) }
    }

    private func loss(_ names: [RedisGap.Name], at milliseconds: Int) -> GapTracker.Loss {
        GapTracker.Loss(cause: RedisDisconnect(.relocated, "moved"), lastReceived: at(milliseconds), names: names)
    }

    // Macros take no mutating calls.
    private func touches(_ name: RedisGap.Name, _ tracker: inout GapTracker) -> Bool { tracker.touches(name) }

    private func release(_ names: [RedisGap.Name], _ tracker: inout GapTracker) -> GapTracker.Loss? {
        tracker.release(names)
    }

    private func restored(_ milliseconds: Int, _ tracker: inout GapTracker) -> RedisGap? {
        tracker.allRestored(at: at(milliseconds)).first
    }

    @Test("are told once when the stream ends, as what stays missing")
    func endedOnce() {
        var tracker = GapTracker()
        tracker.linkLost(loss(names("a"), at: 200))
        let gaps = tracker.ended(at: at(300))
        #expect(gaps.map(\.isComplete) == [false])
        #expect(!tracker.isOpen)
        #expect(tracker.ended(at: at(400)).isEmpty)
    }

    @Test("have the cause that was found out later, unless another link was lost meanwhile")
    func explained() {
        var tracker = GapTracker()
        tracker.linkLost(loss(names("a"), at: 100))
        tracker.explain { RedisDisconnect(.suspended, "found out later: \($0)") }
        #expect(tracker.allRestored(at: at(200)).map(\.cause.reason) == [.suspended])
        tracker.linkLost(loss(names("a"), at: 300))
        tracker.linkLost(loss(names("a"), at: 400))
        tracker.explain { RedisDisconnect(.suspended, "found out later: \($0)") }
        #expect(tracker.allRestored(at: at(500)).map(\.cause.reason) == [.relocated])
    }

    @Test("take in names one by one, and begin with the earliest loss of each")
    func names() {
        var tracker = GapTracker()
        tracker.linkLost(loss(names("a"), at: 200))
        tracker.linkLost(loss(names("b", "a"), at: 100))
        tracker.linkLost(loss(names("c"), at: 3000))
        tracker.linkLost(loss(names("d"), at: 3050))
        let gaps = tracker.allRestored(at: at(4000))
        #expect(gaps.map { Set($0.names) } == [Set(names("a", "b")), Set(names("c", "d"))])
        #expect(gaps.map(\.from) == [at(100).wall, at(3000).wall])
        #expect(gaps.allSatisfy { $0.until == at(4000).wall && $0.isComplete })
    }

    @Test("take along what is known of the names that leave")
    func beginnings() {
        var tracker = GapTracker()
        tracker.linkLost(loss(names("a"), at: 100))
        tracker.linkLost(loss(names("b"), at: 900))
        tracker.linkLost(loss(names("c"), at: 1900))
        let left = tracker.release(names("b"))
        // Nothing of those that stay.
        let beginnings = [names("b")[0]: at(900)]
        #expect(left?.beginnings == beginnings)
        #expect(left?.names == names("b"))
        #expect(tracker.allRestored(at: at(2000)).map(\.from) == [at(100).wall, at(1900).wall])
        var other = GapTracker()
        other.linkLost(loss(names("x"), at: 500))
        if let left { other.linkLost(left) }
        #expect(other.allRestored(at: at(1000)).map(\.from) == [at(500).wall, at(900).wall])
    }

    @Test("end with the stream, not complete, also when a part was told")
    func ended() {
        var tracker = GapTracker()
        #expect(tracker.ended(at: at(5)).isEmpty)
        for isTold in [false, true] {
            tracker.linkLost(loss(names("a"), at: 10))
            if isTold { #expect(tracker.willDeliver(at: at(20)).first?.isComplete == false) }
            let gap = tracker.ended(at: at(40)).first
            #expect(gap?.isComplete == false)
            #expect(gap?.names == names("a"))
            #expect(gap?.from == at(10).wall)
            #expect(gap?.until == at(40).wall)
            #expect(!tracker.isOpen)
        }
    }

    @Test("are about what has not left")
    func release() {
        var tracker = GapTracker()
        #expect(!touches(names("a")[0], &tracker))
        tracker.linkLost(loss(names("a", "b", "c"), at: 10))
        let left = tracker.release(names("b", "x"))
        #expect(left?.names == names("b"))
        #expect(left?.lastReceived == at(10))
        #expect(!touches(names("b")[0], &tracker))
        #expect(touches(names("a")[0], &tracker))
        #expect(release(names("b"), &tracker) == nil)
        // One that comes back is there once.
        tracker.linkLost(loss(names("b"), at: 20))
        #expect(restored(30, &tracker)?.names == names("a", "b", "c"))
    }

    @Test("begin when the lost server was last known to be the right one, if another has its part now")
    func trust() {
        var tracker = GapTracker()
        tracker.trust(until: at(5))
        tracker.trust(until: at(3))
        tracker.linkLost(loss(names("a"), at: 10))
        tracker.serverChanged()
        #expect(restored(20, &tracker)?.from == at(5).wall)
        tracker.linkLost(loss(names("a"), at: 2))
        tracker.serverChanged()
        #expect(restored(20, &tracker)?.from == at(2).wall)
        // So do those of names that were lost one by one, but those that were lost before.
        tracker.trust(until: at(1000))
        for (name, time) in [("a", 2000), ("b", 3000), ("c", 500)] { tracker.linkLost(loss(names(name), at: time)) }
        tracker.serverChanged()
        let gaps = tracker.allRestored(at: at(4000))
        #expect(gaps.map(\.from) == [at(500).wall, at(1000).wall])
        #expect(gaps.map(\.names) == [names("c"), names("a", "b")])
    }

    @Test("are no gap any more when all names have left")
    func empty() {
        var tracker = GapTracker()
        tracker.linkLost(loss(names("a", "b"), at: 10))
        #expect(touches(names("a")[0], &tracker))
        #expect(release(names("a"), &tracker)?.names == names("a"))
        #expect(tracker.isOpen)
        #expect(release(names("b"), &tracker)?.names == names("b"))
        #expect(!tracker.isOpen)
        #expect(restored(20, &tracker) == nil)
    }

    @Test("of a link without names begin with the earlier of two losses, and those of names do not move with others")
    func earlierLoss() {
        var tracker = GapTracker()
        tracker.linkLost(loss([], at: 200))
        tracker.linkLost(loss([], at: 300))
        tracker.linkLost(loss([], at: 100))
        #expect(restored(400, &tracker)?.from == at(100).wall)
        tracker.linkLost(loss(names("a"), at: 500))
        tracker.linkLost(loss(names("b"), at: 300))
        #expect(tracker.allRestored(at: at(600)).map(\.from) == [at(300).wall, at(500).wall])
        for name in ["a", "b"] { tracker.linkLost(loss(names(name), at: 700)) }
        tracker.linkLost(loss([], at: 100))
        let gaps = tracker.allRestored(at: at(800))
        #expect(gaps.map(\.from) == [at(100).wall])
        #expect(gaps.map(\.names) == [names("a", "b")])
    }

    @Test("of names that begin within 100 ms are told together")
    func together() {
        for (distance, count) in [(99, 1), (100, 2)] {
            var tracker = GapTracker()
            tracker.linkLost(loss(names("a"), at: 1000))
            tracker.linkLost(loss(names("b"), at: 1000 + distance))
            #expect(tracker.allRestored(at: at(2000)).count == count)
        }
    }

    @Test("are told again after a further loss, with its cause, its last event and all that is still missed")
    func toldAgain() {
        var tracker = GapTracker()
        var first = loss(names("a"), at: 100)
        first.lastEvent = at(90)
        tracker.linkLost(first)
        let told = tracker.willDeliver(at: at(200))
        #expect(told.map(\.lastEvent) == [at(90).wall])
        #expect(told.map(\.isComplete) == [false])
        #expect(tracker.willDeliver(at: at(210)).isEmpty)
        tracker.linkLost(
            GapTracker.Loss(
                cause: RedisDisconnect(.suspended, "again"),
                lastReceived: at(300),
                lastEvent: at(290),
                names: names("b")
            )
        )
        // What is found out now is about the later loss.
        tracker.explain { RedisDisconnect(.deadline, "found out: \($0.reason)") }
        let again = tracker.willDeliver(at: at(400))
        let cause = RedisDisconnect(.deadline, "found out: suspended")
        #expect(again.map(\.names) == [names("a"), names("b")])
        #expect(again.map(\.from) == [at(100).wall, at(300).wall])
        #expect(again.allSatisfy { $0.cause == cause && $0.lastEvent == at(290).wall })
    }

    @Test("take in a hundred thousand names one by one in the time that each one takes", .tags(.timing))
    func many() {
        var tracker = GapTracker()
        let all = (0..<100_000).map { RedisGap.Name(kind: .shardChannel, name: RedisBytes("\($0)")) }
        let begin = ContinuousClock.now
        for name in all { tracker.linkLost(loss([name], at: 1)) }
        for name in all.dropLast() where tracker.release([name]) == nil { Issue.record("not there") }
        #expect(begin.duration(to: .now) < .seconds(5))
        #expect(tracker.names == [all[99_999]])
    }
}
