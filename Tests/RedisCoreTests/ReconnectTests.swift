import RedisCore
import RedisReactor
import TestSupport
import Testing

@Suite("Reconnecting", .tags(.unit))
struct ReconnectTests {
    @Test("doubles the delay up to the maximum and jitters its upper half")
    func delays() {
        var low = Backoff(RedisReconnectPolicy())
        var high = Backoff(RedisReconnectPolicy())
        let lows = (0..<8).map { _ in low.delay(random: 0) }
        let highs = (0..<8).map { _ in high.delay(random: 1) }
        let milliseconds = [100, 200, 400, 800, 1600, 3200, 5000, 5000]
        #expect(highs == milliseconds.map { .milliseconds($0) })
        #expect(lows == milliseconds.map { .milliseconds($0) / 2 })
    }

    @Test("starts over after a link that was good, not after one that was dropped at once")
    func reset() {
        var backoff = Backoff(RedisReconnectPolicy())
        _ = backoff.delay(random: 1)
        _ = backoff.delay(random: 1)
        backoff.linkLived(.milliseconds(999))
        #expect(backoff.delay(random: 1) == .milliseconds(400))
        backoff.linkLived(.seconds(1))
        #expect(backoff.delay(random: 1) == .milliseconds(100))
    }

    @Test("is fresh until something has failed, and after a link that was good, also when the delays are all alike")
    func fresh() {
        var backoff = Backoff(RedisReconnectPolicy(minimumDelay: .milliseconds(100), maximumDelay: .milliseconds(100)))
        #expect(backoff.isFresh)
        _ = backoff.delay(random: 1)
        #expect(!backoff.isFresh)
        backoff.linkLived(.seconds(1))
        #expect(backoff.isFresh)
    }

    @Test("elsewhere begins at once, but not again and again")
    func relocations() {
        var pause = RelocationPause(RedisReconnectPolicy())
        let pauses = (0..<4).map { _ in pause.next(random: 1) }
        #expect(pauses == [0, 200, 400, 800].map { .milliseconds($0) })
        pause.linkLived(.milliseconds(999))
        #expect(pause.next(random: 0) == .milliseconds(800))
        pause.linkLived(.seconds(1))
        #expect(pause.next(random: 1) == .zero)
    }

    private let start = ContinuousClock.now
    private let cause = RedisDisconnect(.endOfStream, "the server closed the connection")

    private func moment(_ seconds: Int) -> Moment {
        Moment(
            wall: RedisTimestamp(microseconds: Int64(seconds) * 1_000_000),
            monotonic: start.advanced(by: .seconds(seconds))
        )
    }

    @Test("accounts for an outage with one gap when everything is back before the first event")
    func oneGap() {
        var tracker = GapTracker()
        #expect(tracker.willDeliver(at: moment(1)).isEmpty)
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(2)))
        let gap = tracker.allRestored(at: moment(5)).first
        #expect(gap?.from == RedisTimestamp(microseconds: 2_000_000))
        #expect(gap?.until == RedisTimestamp(microseconds: 5_000_000))
        #expect(gap?.duration == .seconds(3))
        #expect(gap?.isComplete == true)
        #expect(tracker.willDeliver(at: moment(6)).isEmpty)
        #expect(tracker.allRestored(at: moment(6)).isEmpty)
    }

    @Test("puts an incomplete gap before an event that cannot wait, and completes it later")
    func incompleteGap() {
        var tracker = GapTracker()
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(2)))
        #expect(tracker.willDeliver(at: moment(4)).first?.isComplete == false)
        #expect(tracker.willDeliver(at: moment(5)).isEmpty)
        let rest = tracker.allRestored(at: moment(6)).first
        #expect(rest?.isComplete == true)
        #expect(rest?.from == RedisTimestamp(microseconds: 2_000_000))
        #expect(rest?.duration == .seconds(4))
    }

    @Test("names all that were subscribed at one loss or the other")
    func namesOfBoth() {
        var tracker = GapTracker()
        let names = ["a", "b"].map { RedisGap.Name(kind: .channel, name: RedisBytes($0)) }
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(2), names: [names[0]]))
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(4), names: names))
        let gaps = tracker.allRestored(at: moment(5))
        #expect(gaps.map(\.names) == [[names[0]], [names[1]]])
        #expect(gaps.map(\.duration) == [.seconds(3), .seconds(1)])
    }

    @Test("names what was still missing when others are lost behind a gap that was told so far")
    func namesBehindIncompleteGap() {
        var tracker = GapTracker()
        let names = ["a", "b", "c"].map { RedisGap.Name(kind: .shardChannel, name: RedisBytes($0)) }
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(2), names: [names[0], names[1]]))
        #expect(tracker.willDeliver(at: moment(3)).first?.isComplete == false)
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(4), names: [names[2]]))
        let rest = tracker.allRestored(at: moment(5))
        #expect(rest.map(\.names) == [[names[0], names[1]], [names[2]]])
        #expect(rest.map(\.duration) == [.seconds(3), .seconds(1)])
    }

    @Test("begins when the server was last known to be the right one, if another takes its place")
    func demotedServer() {
        var tracker = GapTracker()
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(4)))
        tracker.serverChanged()
        #expect(tracker.allRestored(at: moment(6)).first?.duration == .seconds(2))
        tracker.trustedUntil = moment(7)
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(9)))
        #expect(tracker.allRestored(at: moment(10)).first?.duration == .seconds(1))
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(12)))
        tracker.serverChanged()
        #expect(tracker.allRestored(at: moment(13)).first?.from == RedisTimestamp(microseconds: 7_000_000))
        // Trusted for longer than it was heard.
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(6)))
        tracker.serverChanged()
        #expect(tracker.allRestored(at: moment(8)).first?.duration == .seconds(2))
    }

    @Test("prolongs a gap when the link is lost again before everything is back")
    func twoLosses() {
        var tracker = GapTracker()
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(2)))
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(4)))
        #expect(tracker.allRestored(at: moment(6)).first?.duration == .seconds(4))
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(7)))
        #expect(tracker.willDeliver(at: moment(8)).first?.duration == .seconds(1))
        tracker.linkLost(GapTracker.Loss(cause: cause, lastReceived: moment(9)))
        #expect(tracker.willDeliver(at: moment(10)).first?.duration == .seconds(3))
    }
}
