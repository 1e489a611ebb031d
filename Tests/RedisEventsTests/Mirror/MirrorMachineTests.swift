import RedisCore
import RedisEvents
import TestSupport
import Testing

/// What a simulation does not notice because another way leads to the same end, one step at a time.
@Suite("A mirrored subscription, step by step", .tags(.unit))
struct MirrorMachineTests {
    /// A machine with a clock of its own, in milliseconds. The window is one second.
    final class Bench {
        typealias Machine = MirrorMachine<String>

        private static let begin = ContinuousClock.now
        var machine: Machine
        private(set) var news: Int
        private var now = 0
        private var pings: [Machine.Ping] = []
        /// PINGs that had no reply when a link was lost.
        private var lostPings: [Machine.Ping] = []

        init(heldLimit: Int = 1 << 20, noteLimit: Int = 1 << 18) {
            var settings = Machine.Settings(window: .seconds(1))
            settings.heldLimit = heldLimit
            settings.noteLimit = noteLimit
            machine = Machine(settings)
            news = machine.insert(RedisGap.Name(kind: .channel, name: "news"), seed: 1, at: Self.begin)
        }

        private var instant: ContinuousClock.Instant { Self.begin + .milliseconds(now) }

        /// When the machine wants to be called next.
        var nextDue: Duration? { machine.nextDue.map { Self.begin.duration(to: $0) } }

        func insert(_ name: RedisBytes, isServers: Bool = false) -> Int {
            machine.insert(RedisGap.Name(kind: .channel, name: name), seed: 1, isServers: isServers, at: instant)
        }

        func open(_ side: MirrorSide) { machine.opened(side, at: instant) }

        func confirm(_ side: MirrorSide, _ name: Int? = nil) -> Bool {
            machine.confirmed(side, name ?? news, at: instant)
        }

        func lose(_ side: MirrorSide) -> Machine.Loss {
            lostPings += exchange(&pings, with: [])
            return machine.lost(side, at: instant)
        }

        /// Whether what one link has left out for so many milliseconds has come by way of the other one.
        func hasDelivered(leftOutBy side: MirrorSide, for time: Int, _ name: Int? = nil) -> Bool {
            machine.hasDelivered(name ?? news, leftOutBy: side, since: instant - .milliseconds(time))
        }

        func leave(_ side: MirrorSide) -> Machine.Loss { machine.left(side, news, at: instant) }

        func miss(_ side: MirrorSide) -> Bool { machine.missedMessages(side, news, at: instant) }

        func receive(_ side: MirrorSide, _ text: String, _ name: Int? = nil) -> Machine.Decision {
            let name = name ?? news
            let key = text.utf8.reduce(UInt64(name)) { $0 << 8 | UInt64($1) }
            let decision = machine.received(side, name, key, at: instant)
            if decision == .hold {
                machine.hold(text, bytes: text.utf8.count, side, name, key, at: instant)
            }
            return decision
        }

        /// Sets the clock. Returns what the machine does then.
        func advance(to time: Int) -> [String] {
            now = time
            machine.advance(to: instant)
            return actions()
        }

        /// Both links answer their PINGs, or the first `count` of them. Returns what the machine does then.
        func answer(_ count: Int = .max) -> [String] {
            let answered = pings.prefix(count)
            pings.removeFirst(answered.count)
            for ping in answered { machine.answered(ping, at: instant) }
            return actions()
        }

        /// PINGs that were sent before a loss are answered behind it. Returns what the machine does then.
        func answerLate() -> [String] {
            for ping in exchange(&lostPings, with: []) { machine.answered(ping, at: instant) }
            return actions()
        }

        func actions() -> [String] {
            machine.takeActions()
                .map { action in
                    switch action {
                    case .deliver(let messages): return "deliver \(messages.joined(separator: " "))"
                    case .gap(let names): return "gap \(names.map(\.name.description).sorted().joined(separator: " "))"
                    case .restored(let names): return "restored \(names.map(\.name.description).joined(separator: " "))"
                    case .ping(let side, let ping):
                        pings.append(ping)
                        return "ping \(side)"
                    }
                }
        }

        /// Both links are full a little more than two windows after their confirmation.
        func makeFull() {
            #expect(confirm(.first) && confirm(.second))
            for time in [1000, 2000] {
                #expect(advance(to: time).sorted() == ["ping first", "ping second"])
                #expect(answer() == [])
            }
        }
    }

    @Test("what one link leaves out has come by way of the other one, if that was full all the time")
    func leftOut() {
        let bench = Bench()
        #expect(bench.confirm(.first))
        _ = bench.advance(to: 500)
        #expect(bench.hasDelivered(leftOutBy: .second, for: 500))
        #expect(!bench.hasDelivered(leftOutBy: .second, for: 501))
        #expect(bench.confirm(.second))
        // The other link is joining.
        #expect(!bench.hasDelivered(leftOutBy: .first, for: 0))
        #expect(bench.lose(.first).uncovered.map(\.name) == ["news"])
        #expect(!bench.hasDelivered(leftOutBy: .second, for: 0))
        let own = bench.insert("__keyspace@0__:k", isServers: true)
        #expect(bench.confirm(.second, own))
        #expect(bench.hasDelivered(leftOutBy: .first, for: 0, own))
        #expect(!bench.hasDelivered(leftOutBy: .second, for: 0, own))
    }

    @Test("a link that was opened before the last message does not count until it has answered")
    func openedBeforeTheLastMessage() {
        let bench = Bench()
        #expect(bench.confirm(.first))
        _ = bench.advance(to: 10)
        bench.open(.second)
        _ = bench.advance(to: 20)
        #expect(bench.receive(.first, "a") == .deliver)
        let loss = bench.lose(.first)
        #expect(loss.uncovered.map(\.name) == ["news"] && loss.unproven.isEmpty)
        #expect(!bench.confirm(.second))
        #expect(bench.receive(.second, "a") == .discard)
        #expect(bench.advance(to: 21) == ["ping second"])
        #expect(bench.answer() == ["restored news"])
        #expect(bench.receive(.second, "b") == .deliver)
    }

    @Test("a link that was opened after the last message counts at once")
    func openedAfterTheLastMessage() {
        let bench = Bench()
        #expect(bench.confirm(.first))
        #expect(bench.receive(.first, "a") == .deliver)
        _ = bench.advance(to: 10)
        bench.open(.second)
        #expect(bench.lose(.first).uncovered.map(\.name) == ["news"])
        #expect(bench.confirm(.second))
        #expect(bench.receive(.second, "b") == .deliver)
        #expect(bench.actions() == [])
    }

    @Test("a link that becomes the only one while both are asked is asked again, alone")
    func asksTheOnlyLinkAgain() {
        let bench = Bench()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        #expect(bench.advance(to: 1000).sorted() == ["ping first", "ping second"])
        #expect(bench.lose(.first).uncovered.map(\.name) == ["news"])
        #expect(bench.receive(.second, "a") == .discard)
        #expect(bench.advance(to: 1001) == ["ping second"])
        // The replies to the PINGs before the loss say nothing.
        #expect(bench.answerLate() == [])
        #expect(bench.receive(.second, "a") == .discard)
        #expect(bench.answer() == ["restored news"])
        #expect(bench.receive(.second, "b") == .deliver)
    }

    @Test(
        "a link does not become full while equal messages repeat, but does after a window without any message",
        arguments: MirrorSide.allCases
    )
    func waitsWhileMessagesRepeat(ahead: MirrorSide) {
        let bench = Bench()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        _ = bench.advance(to: 1000)
        _ = bench.answer()
        _ = bench.advance(to: 1500)
        let decisions: [Bench.Machine.Decision] = ahead == .first ? [.deliver, .discard] : [.hold, .deliver]
        for _ in 0..<2 {
            #expect(bench.receive(ahead, "x") == decisions[0])
            #expect(bench.receive(ahead.other, "x") == decisions[1])
        }
        #expect(bench.advance(to: 2000).sorted() == ["ping first", "ping second"])
        #expect(bench.answer() == [])
        #expect(bench.nextDue == .milliseconds(2500))
        // What the link receives first still waits for the other link.
        #expect(bench.receive(.second, "y") == .hold)
        #expect(bench.receive(.first, "y") == .deliver)
        #expect(bench.nextDue == .milliseconds(3000))
        #expect(bench.advance(to: 2999) == [])
        #expect(bench.nextDue == .milliseconds(3000))
        #expect(bench.advance(to: 3000) == [])
        #expect(bench.nextDue == nil)
        #expect(bench.receive(.second, "z") == .deliver)
        #expect(bench.receive(.first, "z") == .discard)
    }

    @Test("a link whose messages do not repeat becomes full with its answer, and delivers what it had received first")
    func becomesFull() {
        let bench = Bench()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        _ = bench.advance(to: 1000)
        _ = bench.answer()
        _ = bench.advance(to: 1900)
        #expect(bench.receive(.second, "y") == .hold)
        #expect(bench.advance(to: 2000).sorted() == ["ping first", "ping second"])
        #expect(bench.answer(1) == [])
        #expect(bench.answer() == ["deliver y"])
        #expect(bench.receive(.first, "y") == .discard)
        #expect(bench.receive(.second, "z") == .deliver)
    }

    @Test(
        "a link that loses the name, or is lost, leaves a gap, and behind it what the other link has received first",
        arguments: [false, true]
    )
    func leavesTheName(isLost: Bool) {
        let bench = Bench()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        _ = bench.advance(to: 1000)
        _ = bench.answer()
        _ = bench.advance(to: 1500)
        for text in ["y", "z"] { #expect(bench.receive(.second, text) == .hold) }
        let loss = isLost ? bench.lose(.first) : bench.leave(.first)
        #expect(loss.unproven.map(\.name) == ["news"] && loss.uncovered.isEmpty)
        #expect(loss.held == ["y", "z"])
        #expect(bench.receive(.first, "y") == .discard)
        #expect(bench.receive(.second, "x") == .deliver)
    }

    @Test("messages that a link has missed are covered while the other link is full, and the link joins again")
    func missesMessages() {
        let bench = Bench()
        #expect(bench.confirm(.first))
        #expect(!bench.miss(.first))
        // One that does not have the name has missed nothing.
        #expect(bench.miss(.second))
        #expect(!bench.machine.has(bench.news, .second))
        bench.makeFull()
        #expect(bench.miss(.first))
        #expect(bench.receive(.first, "a") == .hold)
        #expect(bench.receive(.second, "a") == .deliver)
        #expect(!bench.miss(.second))
    }

    @Test("held messages above the limit are discarded with one gap that has each name once, and joining begins anew")
    func heldLimit() {
        let bench = Bench(heldLimit: 6)
        let more = bench.insert("more")
        for name in [bench.news, more] { #expect(bench.confirm(.first, name) && bench.confirm(.second, name)) }
        _ = bench.advance(to: 500)
        for text in ["aa", "bb"] { #expect(bench.receive(.second, text) == .hold) }
        #expect(bench.receive(.second, "cc", more) == .hold)
        #expect(bench.actions() == [])
        #expect(bench.receive(.second, "d", more) == .hold)
        #expect(bench.actions() == ["gap more news"])
        // The other link's copies are new now.
        #expect(bench.receive(.first, "aa") == .deliver)
        #expect(bench.receive(.first, "d", more) == .deliver)
        #expect(bench.receive(.second, "aa") == .discard)
        #expect(bench.receive(.second, "d", more) == .discard)
        #expect(bench.advance(to: 1499) == [])
        #expect(bench.advance(to: 1500).sorted() == ["ping first", "ping second"])
    }

    @Test("the link that has not received a message within the window joins again")
    func joinsAgain() {
        let bench = Bench()
        bench.makeFull()
        #expect(bench.receive(.first, "a") == .deliver)
        #expect(bench.advance(to: 2999) == [])
        #expect(bench.receive(.second, "b") == .deliver)
        #expect(bench.advance(to: 3000) == [])
        #expect(bench.receive(.second, "c") == .hold)
        #expect(bench.receive(.first, "c") == .deliver)
        #expect(bench.receive(.second, "a") == .discard)
        #expect(bench.receive(.first, "b") == .discard)
        #expect(bench.advance(to: 3999) == [])
        #expect(bench.advance(to: 4000).sorted() == ["ping first", "ping second"])
    }

    @Test("the link that has not received the oldest of too many messages joins again at once")
    func noteLimit() {
        let bench = Bench(noteLimit: 2)
        bench.makeFull()
        for text in ["a", "b"] { #expect(bench.receive(.first, text) == .deliver) }
        #expect(bench.receive(.second, "x") == .deliver)
        // "a" is forgotten, so its copy counts as new.
        #expect(bench.receive(.second, "a") == .hold)
        #expect(bench.receive(.second, "b") == .discard)
    }

    @Test("a message that came before a link had proved not to be late is forgotten without a gap")
    func forgottenAfterTheProof() {
        let bench = Bench(noteLimit: 2)
        bench.makeFull()
        #expect(bench.receive(.first, "a") == .deliver)
        #expect(bench.lose(.first).unproven.isEmpty)
        #expect(bench.advance(to: 2001) == ["ping second"])
        #expect(bench.answer() == [])
        for text in ["b", "c"] { #expect(bench.receive(.second, text) == .deliver) }
        #expect(bench.actions() == [])
        #expect(bench.receive(.second, "d") == .deliver)
    }

    @Test("a message that an only link may still be late with leaves a gap when it is forgotten, and the link is asked")
    func forgottenBeforeTheProof() {
        let bench = Bench(noteLimit: 2)
        bench.makeFull()
        #expect(bench.receive(.first, "a") == .deliver)
        #expect(bench.lose(.first).unproven.isEmpty)
        for text in ["b", "c"] { #expect(bench.receive(.second, text) == .deliver) }
        #expect(bench.actions() == ["gap news"])
        // Until it has answered, nobody knows what it repeats.
        #expect(bench.receive(.second, "a") == .discard)
        #expect(bench.advance(to: 2001) == ["ping second"])
        #expect(bench.answer() == ["restored news"])
        #expect(bench.receive(.second, "d") == .deliver)
    }

    @Test("equal messages behind a loss leave one gap, because they may be others than the lost link had delivered")
    func equalMessagesBehindALoss() {
        let bench = Bench()
        bench.makeFull()
        for _ in 0..<3 { #expect(bench.receive(.first, "x") == .deliver) }
        #expect(bench.lose(.first).unproven.isEmpty)
        #expect(bench.receive(.second, "x") == .discardWithGap)
        for _ in 0..<2 { #expect(bench.receive(.second, "x") == .discard) }
        #expect(bench.receive(.second, "x") == .deliver)
    }

    @Test("what a lost link had delivered once is left out behind the loss, without a gap")
    func singleMessageBehindALoss() {
        let bench = Bench()
        bench.makeFull()
        #expect(bench.receive(.first, "x") == .deliver)
        #expect(bench.lose(.first).unproven.isEmpty)
        #expect(bench.receive(.second, "x") == .discard)
    }

    @Test("a link that has answered only after half a window is asked again")
    func lateAnswer() {
        for delay in [500, 501] {
            let bench = Bench()
            #expect(bench.confirm(.first) && bench.confirm(.second))
            #expect(bench.advance(to: 1000).sorted() == ["ping first", "ping second"])
            #expect(bench.advance(to: 1000 + delay) == [])
            let asked = bench.answer()
            guard delay > 500 else {
                #expect(asked == [])
                continue
            }
            #expect(asked.sorted() == ["ping first", "ping second"])
            #expect(bench.answer() == [])
            // It is in step from now on, and full a window later.
            #expect(bench.nextDue == .milliseconds(2501))
        }
    }

    @Test("a name that is removed takes what was held of it along")
    func removed() {
        let bench = Bench(heldLimit: 4)
        let more = bench.insert("more")
        for name in [bench.news, more] { #expect(bench.confirm(.first, name) && bench.confirm(.second, name)) }
        for text in ["aa", "bb"] { #expect(bench.receive(.second, text) == .hold) }
        #expect(bench.machine.seed(of: bench.news) == 1)
        bench.machine.remove(bench.news)
        #expect(bench.machine.seed(of: bench.news) == 0)
        #expect(bench.receive(.second, "cc", more) == .hold)
        #expect(bench.receive(.second, "dd", more) == .hold)
        #expect(bench.actions() == [])
        // The number is used again, for a name that has nothing to do with the one before.
        let next = bench.insert("next")
        #expect(next == bench.news)
        #expect(bench.receive(.second, "aa") == .discard)
        #expect(bench.confirm(.second, next))
        #expect(bench.receive(.second, "aa") == .deliver)
        #expect(bench.receive(.second, "cc", more) == .hold)
        #expect(bench.actions() == ["gap more"])
    }

    @Test("a name that has the number of one that was removed does not go on with its joining")
    func removedWhileJoining() {
        let bench = Bench()
        #expect(bench.confirm(.first) && bench.confirm(.second))
        bench.machine.remove(bench.news)
        #expect(bench.advance(to: 500) == [])
        let next = bench.insert("next")
        #expect(next == bench.news)
        #expect(bench.confirm(.first, next) && bench.confirm(.second, next))
        #expect(bench.advance(to: 1000) == [])
        #expect(bench.advance(to: 1500).sorted() == ["ping first", "ping second"])
    }

    @Test("the link that counts for a server's own name is the one that has had it longer")
    func owner() {
        let bench = Bench()
        let now = ContinuousClock.now
        let own = bench.machine.insert(
            RedisGap.Name(kind: .pattern, name: "__keyspace*"),
            seed: 1,
            isServers: true,
            at: now
        )
        #expect(bench.confirm(.second, own))
        #expect(bench.machine.owner(of: own) == .second)
        #expect(bench.confirm(.first, own))
        #expect(bench.machine.owner(of: own) == .second)
        #expect(bench.machine.has(own, .first) && bench.machine.has(own, .second))
        let loss = bench.lose(.second)
        #expect(loss.uncovered.map(\.name) == ["__keyspace*"])
        #expect(!bench.machine.has(own, .second))
    }
}
