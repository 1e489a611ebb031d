import RedisEvents
import Testing

@Suite("Going over to another link")
struct HandoverTests {
    /// Both links and the server between them, in a world where everything may take any time but keeps its order.
    private struct World {
        enum Item { case message(Int), pong, confirmed }

        var random: SplitMix
        /// What each message says. Its number tells it from others that say the same.
        let contents: [UInt64]
        var published = 0
        /// On the way to the server and from it, for each link.
        var requests: [StreamAlignment.Side: [Item]] = [.old: [], .new: []]
        var replies: [StreamAlignment.Side: [Item]] = [.old: [], .new: []]
        var newIsSubscribed = false

        var handover = Handover()
        var delivered: [Int] = []
        var held: [Int] = []
        var decision: Handover.Action?

        mutating func publish() {
            guard published < contents.count else { return }
            replies[.old]?.append(.message(published))
            if newIsSubscribed { replies[.new]?.append(.message(published)) }
            published += 1
        }

        mutating func serve(_ side: StreamAlignment.Side) {
            guard let request = requests[side]?.first else { return }
            requests[side]?.removeFirst()
            if case .confirmed = request { newIsSubscribed = true }
            replies[side]?.append(request)
        }

        mutating func read(_ side: StreamAlignment.Side) {
            guard let reply = replies[side]?.first else { return }
            replies[side]?.removeFirst()
            switch (reply, side) {
            case (.message(let number), .old):
                delivered.append(number)
                handover.oldReceived(contents[number])
            case (.message(let number), .new):
                held.append(number)
                handover.newReceived(contents[number], bytes: 8)
            case (.confirmed, _): act(handover.confirmed())
            case (.pong, _): act(handover.answered(on: side))
            }
        }

        mutating func act(_ action: Handover.Action) {
            switch action {
            case .ask(let side): requests[side]?.append(.pong)
            case .goOver: decision = action
            }
        }

        /// Lets the new link take over, and everything come that was published.
        mutating func goOver() {
            var rest = held
            let continuation = handover.continuation
            while newIsSubscribed, let reply = replies[.new]?.first {
                replies[.new]?.removeFirst()
                if case .message(let number) = reply { rest.append(number) }
            }
            delivered += rest[min(continuation.from + continuation.skipping, rest.count)...]
        }
    }

    /// Runs one world to its end. `kinds` is how many contents there are.
    private func run(seed: UInt64, kinds: UInt64, count: Int, publishShare: Int) -> (world: World, isProven: Bool) {
        var random = SplitMix(state: seed)
        var number: UInt64 = 0
        let contents = (0..<count).map { _ -> UInt64 in
            number += 1
            return kinds == 0 ? number : random.next() % kinds
        }
        var world = World(random: random, contents: contents)
        for _ in 0..<world.random.next() % 8 { world.publish() }
        for _ in 0..<world.random.next() % 8 { world.read(.old) }
        // What is read from here on counts.
        world.handover = Handover()
        world.requests[.new] = [.confirmed]
        var steps = 0
        while world.decision == nil && steps < 4000 {
            steps += 1
            switch Int(world.random.next() % 100) {
            case ..<publishShare: world.publish()
            case ..<(publishShare + 20): world.serve(world.random.next() % 2 == 0 ? .old : .new)
            default: world.read(world.random.next() % 2 == 0 ? .old : .new)
            }
        }
        if world.decision == nil {
            while !world.newIsSubscribed { world.serve(.new) }
            world.act(world.handover.timeIsUp())
        }
        // The decision takes effect a little later.
        for _ in 0..<world.random.next() % 8 {
            world.publish()
            world.read(world.random.next() % 2 == 0 ? .old : .new)
        }
        world.goOver()
        for _ in 0..<20 { world.publish() }
        return (world, world.decision == .goOver(isProven: true))
    }

    @Test(
        "delivers every message exactly once and in order when it says that this is proven",
        arguments: [0, 1, 2, 3, 50]
    )
    func proven(kinds: UInt64) {
        var proven = 0
        for seed in 0..<2000 as Range<UInt64> {
            let (world, isProven) = run(seed: seed, kinds: kinds, count: 60, publishShare: 25)
            let expected = Array(0..<world.delivered.count)
            if isProven {
                proven += 1
                if world.delivered != expected { Issue.record("seed \(seed): \(world.delivered)") }
            } else if zip(world.delivered, world.delivered.dropFirst()).contains(where: { $0 >= $1 }) {
                Issue.record("seed \(seed) has a message twice: \(world.delivered)")
            }
        }
        // All fall silent after 60 messages, and silence proves.
        #expect(proven == 2000)
    }

    @Test("does not call proven what goes on looking the same")
    func endless() {
        for seed in 0..<200 as Range<UInt64> {
            let (world, isProven) = run(seed: seed, kinds: 1, count: 4000, publishShare: 45)
            let isComplete = world.delivered == Array(0..<world.delivered.count)
            #expect(!isProven || isComplete)
            let isOrdered = zip(world.delivered, world.delivered.dropFirst()).allSatisfy { $0 < $1 }
            #expect(isOrdered)
        }
    }

    @Test("finds different messages at once, at full speed")
    func fast() {
        for seed in 0..<200 as Range<UInt64> {
            let (world, isProven) = run(seed: seed, kinds: 0, count: 4000, publishShare: 45)
            #expect(isProven)
            #expect(world.delivered == Array(0..<world.delivered.count))
            #expect(world.published < 1500)
        }
    }

    @Test("of silent links takes two answers of each at most")
    func silent() {
        var handover = Handover()
        #expect(handover.confirmed() == .ask(.old))
        // Nothing came, and nothing was missed.
        #expect(handover.answered(on: .old) == .goOver(isProven: true))
        #expect(handover.continuation == Handover.Continuation(from: 0, skipping: 0))

        handover = Handover()
        handover.oldReceived(7)
        #expect(handover.answered(on: .old) == .ask(.new))
        handover.newReceived(7, bytes: 1)
        // Either the same message, or a second one that says the same.
        #expect(handover.answered(on: .new) == .ask(.old))
        #expect(handover.answered(on: .old) == .goOver(isProven: true))
        #expect(handover.continuation == Handover.Continuation(from: 1, skipping: 0))
    }

    @Test("skips what the old link was ahead by")
    func ahead() {
        var handover = Handover()
        for digest in [1, 2, 3] as [UInt64] { handover.oldReceived(digest) }
        handover.newReceived(2, bytes: 1)
        // The old link may have had everything before: 1, 2, 3, and then a second 2.
        #expect(handover.answered(on: .old) == .ask(.new))
        for digest in [4, 5] as [UInt64] { handover.oldReceived(digest) }
        handover.newReceived(3, bytes: 1)
        #expect(handover.answered(on: .new) == .goOver(isProven: true))
        #expect(handover.continuation == Handover.Continuation(from: 2, skipping: 2))
        for digest in [4, 5, 6] as [UInt64] { handover.newReceived(digest, bytes: 1) }
        #expect(handover.continuation == Handover.Continuation(from: 4, skipping: 0))
    }

    @Test("gives up the proof when links do not say the same")
    func different() {
        var handover = Handover()
        for digest in [1, 1] as [UInt64] { handover.oldReceived(digest) }
        for digest in [1, 2] as [UInt64] { handover.newReceived(digest, bytes: 1) }
        #expect(handover.answered(on: .old) == .ask(.new))
        #expect(handover.answered(on: .new) == .ask(.old))
        handover.oldReceived(3)
        #expect(handover.answered(on: .old) == .goOver(isProven: false))
    }

    @Test("gives up the proof rather than hold everything")
    func overLimit() {
        var handover = Handover()
        handover.oldReceived(7)
        handover.newReceived(7, bytes: Handover.heldLimit.bytes + 1)
        #expect(handover.answered(on: .old) == .goOver(isProven: false))
        // The message may have been another that says the same, and is then missing; it is not there twice.
        #expect(handover.continuation == Handover.Continuation(from: 1, skipping: 0))
    }
}
