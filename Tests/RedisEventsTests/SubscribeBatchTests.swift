import RedisCore
import RedisEvents
import TestSupport
import Testing

@Suite("Subscribe commands", .tags(.unit))
struct SubscribeBatchTests {
    /// How many names each command holds that a link sends for names of these lengths.
    private func batches(of lengths: [Int], size: Int = 512) -> [Int] {
        var machine = SubscriptionMachine(batchSize: size, seed: 1)
        _ = machine.linkReady()
        let names = lengths.enumerated().map { number, length in
            RedisBytes([UInt8](repeating: UInt8(number), count: length))
        }
        let actions = machine.subscribe(.channel, names.map { SubscriptionMachine.NameRequest(name: $0) })
        return actions.compactMap { action in
            if case .send(let command) = action { command.targets.count } else { nil }
        }
    }

    @Test("hold names of 64 KiB together, and a longer one alone")
    func bytes() {
        #expect(batches(of: [30_000, 30_000, 30_000, 30_000]) == [2, 2])
        #expect(batches(of: [32_768, 32_768, 1]) == [2, 1])
        #expect(batches(of: [1, 200_000, 1, 1]) == [1, 1, 2])
    }

    @Test("hold as many names as were asked for")
    func names() {
        #expect(batches(of: [1, 1, 1, 1, 1], size: 2) == [2, 2, 1])
    }

    @Test("are reported when the server confirms them, once each")
    func confirmations() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(
            .channel,
            [
                SubscriptionMachine.NameRequest(name: "a", ticket: SubscriptionMachine.Ticket(call: 1, index: 0))
            ]
        )
        let name = RedisBytes("a")
        let actions = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 7) ?? []
        let told = actions.compactMap { action in
            if case .changed(let verb, let change) = action {
                "\(verb) \(change.name) \(change.count ?? -1)"
            } else {
                nil
            }
        }
        #expect(told == ["subscribe a 7"])
        let unexplained = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 7)
        #expect(unexplained == nil)
    }

    @Test("that a server cannot take yet are sent again, and their caller waits for the confirmation")
    func notReady() {
        typealias Ticket = SubscriptionMachine.Ticket
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        let ticket = Ticket(call: 1, index: 0)
        let requests = [
            SubscriptionMachine.NameRequest(name: "a", ticket: ticket),
            SubscriptionMachine.NameRequest(name: "b"),
        ]
        _ = machine.subscribe(.channel, requests)
        let refused = machine.refused(.server("LOADING data", at: .tcp(host: "a", port: 1), .subscribe)) ?? []
        #expect(refused.count { if case .retryLater = $0 { true } else { false } } == refused.count)
        func succeeded(_ actions: [SubscriptionMachine.Action]) -> [Ticket] {
            actions.compactMap { action in
                if case .resolve(let ticket, _, _, .success) = action { ticket } else { nil }
            }
        }
        _ = machine.retry()
        for name in ["a", "b"] as [RedisBytes] {
            let actions = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 1) ?? []
            #expect(succeeded(actions) == (name == "a" ? [.none, ticket] : [.none]))
        }
    }

    @Test("of a name that nobody wants any more are not sent again, whatever the server says to them")
    func unwanted() {
        typealias Ticket = SubscriptionMachine.Ticket
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        let ticket = Ticket(call: 1, index: 0)
        _ = machine.subscribe(.channel, [SubscriptionMachine.NameRequest(name: "a", ticket: ticket)])
        _ = machine.unsubscribe(.channel, [SubscriptionMachine.Target(name: "a", ticket: .none)])
        let refused = machine.refused(.server("LOADING data", at: .tcp(host: "a", port: 1), .subscribe)) ?? []
        let told = refused.map { action in
            switch action {
            case .resolve(ticket, _, _, .failure): "refused"
            default: "\(action)"
            }
        }
        #expect(told == ["refused"])
    }

    @Test("fail with the link, for each caller that waits, when no further link comes")
    func givenUp() {
        typealias Ticket = SubscriptionMachine.Ticket
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        let tickets = (0..<3).map { Ticket(call: 1, index: $0) }
        let names: [RedisBytes] = ["a", "b", "a"]
        let requests = zip(names, tickets).map { SubscriptionMachine.NameRequest(name: $0, ticket: $1) }
        _ = machine.subscribe(.channel, requests)
        _ = machine.linkLost()
        let failed = machine.gaveUp(RedisError(.connectFailed, "refused")).compactMap { action in
            if case .resolve(let ticket, _, _, .failure(let error)) = action, error.code == .connectFailed {
                ticket
            } else {
                nil
            }
        }
        #expect(failed.count == 3)
        #expect(Set(failed.map(\.index)) == [0, 1, 2])
    }

    @Test("leave the replies to PINGs to them, the oldest first")
    func pings() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        for call in 1...3 { machine.ping(UInt32(call)) }
        #expect((1...3).map { _ in machine.answered() } == [1, 2, 3])
        #expect(machine.answered() == nil)
    }

    @Test("that have moved to another node end the restoring when no other name is left, and not before")
    func movedWhileRestoring() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: true)
        // Their slots differ, so each name has a command of its own.
        let names: [RedisBytes] = ["a", "b"]
        _ = machine.linkReady()
        _ = machine.subscribe(.shardChannel, names.map { SubscriptionMachine.NameRequest(name: $0) })
        for name in names { _ = machine.confirmed(.subscribe, .shardChannel, name.rawSpan, count: 1) }
        _ = machine.linkLost()
        _ = machine.linkReady()
        var isRestoring = [machine.isRestoring]
        let error = RedisError.server("MOVED 1 127.0.0.1:7001", at: .tcp(host: "a", port: 1), .subscribe)
        func told(_ actions: [SubscriptionMachine.Action]?) -> [String] {
            (actions ?? []).compactMap { action in
                switch action {
                case .unassign(let requests, _): "unassign \(requests.map { "\($0.name)" }.sorted().joined())"
                case .allRestored: "all restored"
                default: nil
                }
            }
        }
        let first = told(machine.refused(error))
        isRestoring.append(machine.isRestoring)
        let second = told(machine.refused(error))
        isRestoring.append(machine.isRestoring)
        #expect(first.count == 1)
        #expect(second.count == 2)
        #expect(second.last == "all restored")
        #expect(Set(first + second) == ["unassign a", "unassign b", "all restored"])
        #expect(isRestoring == [true, true, false])
    }
}
