import RedisCore
import TestSupport
import Testing

@Suite("When a cluster is asked, and what is believed", .tags(.unit))
struct TopologyMachineTests {
    /// A machine with a clock of its own.
    private final class Bench {
        var machine = TopologyMachine(seeds: [at(90), at(91)], interval: .seconds(30))
        var now = ContinuousClock.now
        var random = SystemRandomNumberGenerator()
        /// How long a round takes.
        var roundTime = Duration.milliseconds(2)

        func step() -> TopologyMachine.Step { machine.step(now: now, using: &random) }

        /// Goes on to the next round, if there is one within `limit`; returns after how long.
        func next(within limit: Duration = .seconds(60)) -> (after: Duration, asked: [RedisEndpoint])? {
            let begin = now
            while true {
                switch step() {
                case .ask(let endpoints): return (begin.duration(to: now), endpoints)
                case .wait(let due):
                    guard begin.duration(to: due) <= limit else { return nil }
                    now = due
                case .nothing: return nil
                }
            }
        }

        /// A round in which these answer until one is believed; returns whether one was.
        func round(_ replies: ClusterReply...) -> Bool {
            guard next() != nil else { return false }
            for reply in replies where machine.answered(reply) { break }
            return end()
        }

        func answered(_ reply: ClusterReply) -> Bool { machine.answered(reply) }

        func moved(slot: Int, to endpoint: RedisEndpoint) -> ClusterShape.Shard? {
            machine.moved(slot: slot, to: endpoint)
        }

        func end() -> Bool {
            now += roundTime
            return machine.roundIsOver(now: now)
        }

        func firstReply() {
            machine.want(.first)
            #expect(round(TopologyMachineTests.reply(5)))
        }
    }

    private static let shards = [draft(0...99, "a1", "a2r"), draft(100...16383, "b3", "b4r")]
    private static let failedOver = [draft(0...99, "a2", "a1r"), draft(100...16383, "b3", "b4r")]

    private static func reply(
        _ epoch: Int?,
        _ shards: [ClusterReply.Shard] = shards,
        isOK: Bool = true,
        from source: RedisEndpoint = at(1)
    ) -> ClusterReply {
        ClusterReply(shards: shards, epoch: epoch, isOK: isOK, source: source, askedAt: .now())
    }

    // MARK: - When

    @Test("nothing happens before somebody wants it, and the seeds are asked first")
    func first() {
        let bench = Bench()
        #expect(bench.step() == .nothing)
        bench.machine.want(.first)
        #expect(bench.step() == .ask([at(90), at(91)]))
        #expect(bench.step() == .nothing)
        #expect(bench.answered(Self.reply(5)))
        #expect(bench.end())
        #expect(bench.machine.shape?.ids == ["a1": 1, "b3": 2])
    }

    @Test("a first round that fails is not followed by another unless somebody wants it")
    func firstFails() {
        let bench = Bench()
        bench.machine.want(.first)
        #expect(!bench.round())
        #expect(bench.next() == nil)
        bench.machine.want(.first)
        #expect(bench.next()?.after == .milliseconds(200))
    }

    @Test("the slow timer asks when nothing else does")
    func timer() {
        let bench = Bench()
        bench.firstReply()
        #expect(bench.next()?.after == .seconds(30))
        #expect(bench.answered(Self.reply(5)))
        _ = bench.end()
        #expect(bench.next()?.after == .seconds(30))
    }

    @Test("a thousand MOVED within 10 ms make one round")
    func storm() {
        let bench = Bench()
        bench.firstReply()
        bench.now += .seconds(10)
        var rounds = 0
        for number in 0..<1000 {
            _ = bench.moved(slot: 50, to: at(3))
            if number == 500 {
                #expect(bench.answered(Self.reply(6, [draft(0...49, "a1"), draft(50...16383, "b3", "b4r")])))
                _ = bench.end()
            }
            if case .ask = bench.step() { rounds += 1 }
            bench.now += .microseconds(10)
        }
        #expect(rounds == 1)
        #expect(bench.next()?.after ?? .zero > .seconds(29))
    }

    @Test("a thousand links that are lost while a round runs make one more, after the pause")
    func lostLinks() {
        let bench = Bench()
        bench.firstReply()
        bench.now += .seconds(10)
        var rounds = 0
        for _ in 0..<1000 {
            bench.machine.want(.linkLost)
            if case .ask = bench.step() { rounds += 1 }
        }
        #expect(bench.answered(Self.reply(5)))
        _ = bench.end()
        #expect(rounds == 1)
        #expect(bench.machine.reasons == [.linkLost])
        #expect(bench.next()?.after == .milliseconds(200))
        #expect(bench.machine.reasons.isEmpty)
    }

    @Test("pauses double up to a second while nothing new comes, and begin anew with what differs or after quiet")
    func pauses() {
        let bench = Bench()
        bench.firstReply()
        bench.machine.isTroubled = true
        var pauses: [Duration] = []
        for _ in 0..<6 {
            if let next = bench.next() { pauses.append(next.after) }
            #expect(bench.answered(Self.reply(5)))
            _ = bench.end()
        }
        #expect(pauses == [100, 200, 400, 800, 1000, 1000].map { .milliseconds($0) })
        #expect(bench.next()?.after == .seconds(1))
        #expect(bench.answered(Self.reply(6, Self.failedOver)))
        _ = bench.end()
        #expect(bench.next()?.after == .milliseconds(100))
        #expect(bench.answered(Self.reply(6, Self.failedOver)))
        _ = bench.end()
        bench.now += .seconds(3)
        #expect(bench.next()?.after == .zero)
        _ = bench.end()
        #expect(bench.next()?.after == .milliseconds(200))
        bench.machine.isTroubled = false
        _ = bench.end()
        #expect(bench.next()?.after == .seconds(30))
    }

    // MARK: - Whom

    @Test("preferred nodes come first, then those that are well in any order, then seeds, then the rest; each once")
    func order() {
        let bench = Bench()
        bench.machine.want(.first)
        let shards = [draft(0...99, "a1", "a2r!"), draft(100...16383, "b3", "b4r"), draft(nil, "c90")]
        #expect(bench.round(Self.reply(5, shards)))
        var orders: Set<[RedisEndpoint]> = []
        for _ in 0..<200 {
            bench.machine.want(.moved, preferring: at(77))
            bench.machine.want(.moved, preferring: at(3))
            let asked = bench.next()?.asked ?? []
            #expect(asked.prefix(2) == [at(77), at(3)])
            #expect(Set(asked[2..<5]) == [at(1), at(4), at(90)])
            #expect(asked[5...] == [at(91), at(2)])
            orders.insert(asked)
            _ = bench.end()
        }
        #expect(orders.count == 6)
        bench.machine.failed(at(1))
        bench.machine.want(.asked)
        let asked = bench.next()?.asked ?? []
        #expect(asked[3...] == [at(91), at(1), at(2)])
        // It answers again.
        #expect(bench.answered(Self.reply(5, shards)))
        _ = bench.end()
        bench.machine.want(.asked)
        let next = bench.next()?.asked ?? []
        #expect(next[4...] == [at(91), at(2)])
    }

    // MARK: - What is believed

    @Test("a reply with the same shape verifies the one that there is")
    func verified() {
        let bench = Bench()
        bench.firstReply()
        let first = bench.machine.verifiedAt
        #expect(first != nil && bench.machine.verifiedBefore == nil)
        bench.machine.want(.asked)
        #expect(bench.round(Self.reply(5)))
        #expect(bench.machine.verifiedBefore == first)
        #expect(bench.machine.verifiedAt != first)
    }

    @Test("a node that is behind is passed over for one that is not")
    func epochs() {
        let bench = Bench()
        bench.firstReply()
        bench.machine.want(.asked)
        _ = bench.next()
        #expect(!bench.answered(Self.reply(4, Self.failedOver)))
        #expect(bench.answered(Self.reply(6, Self.failedOver)))
        #expect(bench.end())
        #expect(bench.machine.epoch == 6)
        #expect(bench.machine.shape?.ids == ["a2": 1, "b3": 2])
        bench.machine.want(.asked)
        _ = bench.next()
        #expect(!bench.answered(Self.reply(5)))
        // A user who may not ask for epochs.
        #expect(bench.answered(Self.reply(nil)))
        #expect(bench.machine.epoch == 6)
    }

    @Test("a node without slots, or cut off from the rest, changes nothing; the machine asks on")
    func doubtful() {
        let strange: [ClusterReply] = [
            Self.reply(5, [draft(nil, "a1")]), Self.reply(9, [draft(nil, "a1")]),
            Self.reply(5, Self.failedOver, isOK: false), Self.reply(7, []),
        ]
        for reply in strange {
            let bench = Bench()
            bench.firstReply()
            let before = bench.machine.shape
            bench.machine.want(.asked)
            #expect(bench.next() != nil)
            #expect(!bench.answered(reply))
            #expect(!bench.end())
            #expect(bench.machine.shape == before)
            #expect(bench.next(within: .seconds(31)) != nil)
            #expect(bench.answered(Self.reply(5)))
            #expect(bench.end())
            // That is forgotten now.
            #expect(bench.next()?.after == .seconds(30))
        }
    }

    @Test("a node without slots is believed where there were none, but not where there was one")
    func noSlots() {
        for (slots, isBelieved) in [(nil, true), (7...7, false)] as [(ClosedRange<Int>?, Bool)] {
            let bench = Bench()
            bench.machine.want(.first)
            #expect(bench.round(Self.reply(5, [draft(slots, "a1")])))
            bench.machine.want(.asked)
            #expect(bench.round(Self.reply(5, [draft(nil, "a1"), draft(nil, "b3")])) == isBelieved)
            #expect(bench.machine.shape?.shards.count == (isBelieved ? 2 : 1))
        }
    }

    @Test("a cluster that is down but as it was is believed, and so is what it says while it is")
    func down() {
        let bench = Bench()
        bench.firstReply()
        bench.machine.want(.asked)
        #expect(bench.round(Self.reply(5, isOK: false)))
        bench.machine.want(.asked)
        #expect(bench.round(Self.reply(6, Self.failedOver, isOK: false)))
        #expect(bench.machine.shape?.ids == ["a2": 1, "b3": 2])
    }

    @Test("a cluster that was made anew is believed after some rounds, the best of what is told")
    func madeAnew() {
        let bench = Bench()
        bench.firstReply()
        let begin = bench.now
        bench.machine.want(.asked)
        let anew = [draft(0...16383, "x7"), draft(nil, "y8")]
        var rounds = 0
        while bench.machine.shape?.shard(at: at(7)) == nil && rounds < 20 {
            rounds += 1
            _ = bench.round(
                Self.reply(1, [draft(nil, "z9")]),
                Self.reply(2, anew),
                Self.reply(2, [draft(nil, "z9")])
            )
        }
        #expect(rounds >= 3 && rounds < 10)
        #expect(begin.duration(to: bench.now) >= .seconds(2))
        #expect(bench.machine.epoch == 2)
        #expect(bench.machine.shape?.ids == ["x7": 3, "y8": 4])
        bench.machine.want(.asked)
        #expect(bench.round(Self.reply(2, anew)))
    }

    @Test(
        "an unreliable reply is accepted after three rounds and two seconds, and not before",
        arguments: [
            ([10, 300, 2000], [false, false, true]), ([10, 300, 1999, 3000], [false, false, false, true]),
            ([10, 2500, 3000], [false, false, true]), ([10, 300, 1000], [false, false, false]),
        ]
    )
    func unreliableLimits(ends: [Int], accepted: [Bool]) {
        let bench = Bench()
        bench.firstReply()
        bench.now += .seconds(10)
        bench.machine.want(.asked)
        bench.roundTime = .zero
        let begin = bench.now
        var found: [Bool] = []
        for end in ends {
            #expect(bench.next() != nil)
            #expect(begin.duration(to: bench.now) <= .milliseconds(end))
            #expect(!bench.answered(Self.reply(2)))
            bench.now = begin + .milliseconds(end)
            found.append(bench.end())
        }
        #expect(found == accepted)
    }

    @Test("the first shape is the best of the first round, however little it contains")
    func firstDoubtful() {
        let bench = Bench()
        bench.machine.want(.first)
        #expect(bench.round(Self.reply(0, [draft(nil, "z9")]), Self.reply(3, isOK: false)))
        #expect(bench.machine.shape?.ids == ["a1": 1, "b3": 2])
        let alone = Bench()
        alone.machine.want(.first)
        #expect(alone.round(Self.reply(0, [draft(nil, "z9")])))
        #expect(alone.machine.shape?.ids == ["z9": 1])
        let nothing = Bench()
        nothing.machine.want(.first)
        #expect(!nothing.round(Self.reply(0, [])))
        #expect(nothing.machine.shape == nil)
    }

    // MARK: - Whom

    @Test(
        "of a shape with hundreds of nodes a round asks sixteen beside the seeds, those with an accepted shape first"
    )
    func manyNodes() {
        let bench = Bench()
        bench.firstReply()
        bench.machine.want(.asked)
        _ = bench.next()
        let shards = (1...900).map { draft(nil, "n\($0)") } + [draft(0...16383, "a1000")]
        #expect(bench.answered(Self.reply(6, shards, from: at(500))))
        _ = bench.end()
        for _ in 0..<20 {
            bench.machine.want(.moved, preferring: at(7))
            let asked = bench.next(within: .seconds(2))?.asked ?? []
            #expect(asked.count == 18)
            #expect(Set(asked).count == 18)
            #expect(asked.first == at(7))
            #expect(Set(asked).isSuperset(of: [at(90), at(91), at(500)]))
            _ = bench.end()
        }
        // One that does not answer any more is no better than others.
        bench.machine.failed(at(500))
        bench.machine.want(.asked)
        let rounds = (0..<5).map { _ in
            let asked = bench.next(within: .seconds(2))?.asked ?? []
            _ = bench.end()
            bench.machine.want(.asked)
            return asked.contains(at(500))
        }
        #expect(rounds.contains(false))
    }

    @Test("seeds are asked however many there are")
    func manySeeds() {
        let seeds = (1...40).map { at($0) }
        var machine = TopologyMachine(seeds: seeds, interval: .seconds(30), mostAsked: 2)
        var random = SystemRandomNumberGenerator()
        machine.want(.first)
        #expect(machine.step(now: .now, using: &random) == .ask(seeds))
    }

    // MARK: - MOVED

    @Test("MOVED gives the slot to the shard of a node that is known, and has that one asked first")
    func moved() {
        let bench = Bench()
        bench.firstReply()
        #expect(bench.moved(slot: 50, to: at(3))?.id == 2)
        #expect(bench.machine.shape?.shard(ofSlot: 50)?.id == 2)
        #expect(bench.next()?.asked.first == at(3))
        #expect(bench.answered(Self.reply(6, [draft(0...49, "a1"), draft(50...16383, "b3")])))
        _ = bench.end()
        // Known by now: nobody need be asked.
        #expect(bench.moved(slot: 50, to: at(3))?.id == 2)
        #expect(bench.machine.reasons.isEmpty)
    }

    @Test("MOVED to a replica or to a stranger changes no shape, but asks there first")
    func movedElsewhere() {
        let bench = Bench()
        bench.firstReply()
        let before = bench.machine.shape
        #expect(bench.moved(slot: 50, to: at(2))?.id == 1)
        #expect(bench.moved(slot: 51, to: at(66)) == nil)
        #expect(bench.moved(slot: -1, to: at(3)) == nil)
        #expect(bench.moved(slot: 16384, to: at(3)) == nil)
        #expect(bench.machine.shape == before)
        #expect(bench.next()?.asked.prefix(2) == [at(2), at(66)])
    }

    @Test("MOVED that comes during a round outlives its older answer, and has another round asked for")
    func movedMeanwhile() {
        let bench = Bench()
        bench.firstReply()
        bench.machine.want(.asked)
        _ = bench.next()
        #expect(bench.moved(slot: 50, to: at(3))?.id == 2)
        #expect(bench.answered(Self.reply(5)))
        _ = bench.end()
        #expect(bench.machine.shape?.shard(ofSlot: 50)?.id == 2)
        #expect(bench.next(within: .seconds(1)) != nil)
        // The next answer is newer than that MOVED.
        #expect(bench.answered(Self.reply(5)))
        #expect(bench.machine.shape?.shard(ofSlot: 50)?.id == 1)
    }

    @Test("MOVED that comes during a round needs no other round if the answer agrees with it")
    func movedAsAnswered() {
        let agreeing = [draft(0...49, "a1", "a2r"), draft(50...16383, "b3", "b4r")]
        let cases: [(RedisEndpoint, [ClusterReply.Shard], Set<RefreshReason>)] = [
            (at(3), agreeing, []), (at(3), Self.shards, [.moved]),
            // To a node that the answer does not have.
            (at(66), agreeing, [.moved]),
        ]
        for (endpoint, shards, reasons) in cases {
            let bench = Bench()
            bench.firstReply()
            bench.machine.want(.asked)
            #expect(bench.next() != nil)
            _ = bench.moved(slot: 50, to: endpoint)
            #expect(bench.answered(Self.reply(6, shards)))
            #expect(bench.machine.reasons == reasons)
        }
    }
}
