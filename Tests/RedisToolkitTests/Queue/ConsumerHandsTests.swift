import RedisToolkit
import TestSupport
import Testing

@Suite("What a consumer has in its hands", .tags(.unit))
struct ConsumerHandsTests {
    private let start = ContinuousClock.now

    @Test("is compared with its list at first, and again when a reply was lost")
    func recovery() {
        var hands = ConsumerHands()
        #expect(hands.begin(at: start) == .recover)
        // Meanwhile nothing is taken that might be in the list already.
        #expect(hands.begin(at: start) == .pause)
        #expect(hands.recovered(["a"], limit: 10, at: start) == ["a"])
        #expect(hands.count == 1)
        #expect(hands.begin(at: start) == .take)
        hands.taken(["b", "b"])
        #expect(hands.count == 3)
        #expect(hands.begin(at: start) == .take)
        hands.failed(isUnknown: true)
        #expect(hands.isUncertain(at: start))
        #expect(hands.begin(at: start) == .recover)
        #expect(!hands.isUncertain(at: start))
        #expect(hands.recovered(["a", "b", "b", "b", "c"], limit: 10, at: start) == ["b", "c"])
        #expect(hands.begin(at: start) == .take)
    }

    @Test("is compared once more later when a request may have outlived its connection at the server")
    func late() {
        var hands = ConsumerHands(lateness: .seconds(12))
        _ = hands.begin(at: start)
        _ = hands.recovered([], limit: 1, at: start)
        #expect(!hands.isAwaitingLate)
        #expect(hands.begin(at: start) == .take)
        hands.failed(isUnknown: true)
        #expect(hands.isAwaitingLate)
        #expect(hands.begin(at: start) == .recover)
        // The server is away: the time counts from when it has answered.
        _ = hands.recovered(nil, limit: 1, at: start)
        let answered = start.advanced(by: .seconds(60))
        #expect(hands.begin(at: answered) == .recover)
        #expect(hands.recovered([], limit: 1, at: answered).isEmpty)
        let early = answered.advanced(by: .milliseconds(11_999))
        #expect(!hands.isUncertain(at: early))
        #expect(hands.begin(at: early) == .take)
        hands.taken([])
        #expect(hands.isAwaitingLate)
        let due = answered.advanced(by: .seconds(12))
        #expect(hands.isUncertain(at: due))
        #expect(hands.begin(at: due) == .recover)
        #expect(hands.recovered(["late"], limit: 1, at: due) == ["late"])
        #expect(!hands.isAwaitingLate)
        #expect(hands.begin(at: due.advanced(by: .seconds(1000))) == .take)
    }

    @Test("is not compared while something is on its way that may be in the list")
    func inFlight() {
        var hands = ConsumerHands()
        _ = hands.begin(at: start)
        _ = hands.recovered([], limit: 1, at: start)
        #expect(hands.begin(at: start) == .take)
        #expect(hands.begin(at: start) == .take)
        hands.failed(isUnknown: true)
        #expect(!hands.isUncertain(at: start))
        #expect(hands.begin(at: start) == .take)
        hands.taken([])
        hands.taken(["a"])
        #expect(hands.begin(at: start) == .recover)
    }

    @Test("takes no more out of the list than is wanted, and the rest later")
    func limit() {
        var hands = ConsumerHands()
        _ = hands.begin(at: start)
        #expect(hands.recovered(["a", "b", "c"], limit: 2, at: start) == ["a", "b"])
        #expect(hands.begin(at: start) == .recover)
        #expect(hands.recovered(["a", "b", "c", "d"], limit: 2, at: start) == ["c", "d"])
        #expect(hands.begin(at: start) == .take, "there is no rest")
    }

    @Test("stays uncertain when the list could not be read, or an end is not known")
    func uncertainty() {
        var hands = ConsumerHands()
        _ = hands.begin(at: start)
        #expect(hands.recovered(nil, limit: 1, at: start).isEmpty)
        #expect(hands.begin(at: start) == .recover)
        _ = hands.recovered(["a", "a"], limit: 5, at: start)
        hands.settled("a", isUnknown: false)
        #expect(hands.count == 1)
        #expect(hands.begin(at: start) == .take)
        hands.failed(isUnknown: false)
        #expect(!hands.isUncertain(at: start))
        hands.settled("a", isUnknown: true)
        #expect(hands.count == 0)
        #expect(hands.begin(at: start) == .recover)
        #expect(hands.recovered(["a"], limit: 5, at: start) == ["a"])
        // What it never had changes nothing.
        hands.settled("x", isUnknown: false)
        #expect(hands.count == 1)
    }
}
