import RedisToolkit
import TestSupport
import Testing

@Suite("What a consumer has in its hands", .tags(.unit))
struct ConsumerHandsTests {
    @Test("is compared with its list at first, and again when a reply was lost")
    func recovery() {
        var hands = ConsumerHands()
        #expect(hands.begin() == .recover)
        // Meanwhile nothing is taken that might be in the list already.
        #expect(hands.begin() == .pause)
        #expect(hands.recovered(["a"], limit: 10) == ["a"])
        #expect(hands.count == 1)
        #expect(hands.begin() == .take)
        hands.taken(["b", "b"])
        #expect(hands.count == 3)
        #expect(hands.begin() == .take)
        hands.failed(isUnknown: true)
        #expect(hands.isUncertain)
        #expect(hands.begin() == .recover)
        #expect(!hands.isUncertain)
        #expect(hands.recovered(["a", "b", "b", "b", "c"], limit: 10) == ["b", "c"])
        #expect(hands.begin() == .take)
    }

    @Test("is not compared while something is on its way that may be in the list")
    func inFlight() {
        var hands = ConsumerHands()
        _ = hands.begin()
        _ = hands.recovered([], limit: 1)
        #expect(hands.begin() == .take)
        #expect(hands.begin() == .take)
        hands.failed(isUnknown: true)
        #expect(!hands.isUncertain)
        #expect(hands.begin() == .take)
        hands.taken([])
        hands.taken(["a"])
        #expect(hands.begin() == .recover)
    }

    @Test("takes no more out of the list than is wanted, and the rest later")
    func limit() {
        var hands = ConsumerHands()
        _ = hands.begin()
        #expect(hands.recovered(["a", "b", "c"], limit: 2) == ["a", "b"])
        #expect(hands.begin() == .recover)
        #expect(hands.recovered(["a", "b", "c", "d"], limit: 2) == ["c", "d"])
        #expect(hands.begin() == .take, "there is no rest")
    }

    @Test("stays uncertain when the list could not be read, or an end is not known")
    func uncertainty() {
        var hands = ConsumerHands()
        _ = hands.begin()
        #expect(hands.recovered(nil, limit: 1).isEmpty)
        #expect(hands.begin() == .recover)
        _ = hands.recovered(["a", "a"], limit: 5)
        hands.settled("a", isUnknown: false)
        #expect(hands.count == 1)
        #expect(hands.begin() == .take)
        hands.failed(isUnknown: false)
        #expect(!hands.isUncertain)
        hands.settled("a", isUnknown: true)
        #expect(hands.count == 0)
        #expect(hands.begin() == .recover)
        #expect(hands.recovered(["a"], limit: 5) == ["a"])
        // What it never had changes nothing.
        hands.settled("x", isUnknown: false)
        #expect(hands.count == 1)
    }
}
