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
        #expect(batches(of: [32_768, 32_768, 32_768, 32_768, 1]) == [2, 2, 1])
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
        _ = machine.unsubscribe(.channel, [SubscriptionMachine.Target(name: name, ticket: .none)])
        let ended = (machine.confirmed(.unsubscribe, .channel, name.rawSpan, count: 6) ?? []).compactMap { action in
            if case .changed(let verb, let change) = action {
                "\(verb) \(change.name) \(change.count ?? -1)"
            } else {
                nil
            }
        }
        #expect(ended == ["unsubscribe a 6"])
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

    @Test("leave no handler to a name whose stream has let go of it, and end it once")
    func droppedHandler() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        var request = SubscriptionMachine.NameRequest(name: "a")
        request.handler = 7
        _ = machine.subscribe(.channel, [request])
        let name = RedisBytes("a")
        _ = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 1)
        func released(_ actions: [SubscriptionMachine.Action]) -> [UInt32] {
            actions.compactMap { if case .release(let handler) = $0 { handler } else { nil } }
        }
        #expect(released(machine.dropHandler(.channel, "b")) == [])
        #expect(released(machine.dropHandler(.channel, name)) == [7])
        #expect(machine.entry(.channel, name)?.handler == 0)
        #expect(released(machine.dropHandler(.channel, name)) == [])
        _ = machine.unsubscribe(.channel, [SubscriptionMachine.Target(name: name, ticket: .none)])
        #expect(released(machine.confirmed(.unsubscribe, .channel, name.rawSpan, count: 0) ?? []) == [])
        #expect(machine.entry(.channel, name) == nil)
    }

    @Test("are counted as subscribed until their end is confirmed, whatever becomes of the link")
    func subscribedCount() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(.channel, ["a", "b"].map { SubscriptionMachine.NameRequest(name: $0) })
        _ = machine.subscribe(.pattern, [SubscriptionMachine.NameRequest(name: "c")])
        #expect(machine.subscribedCount == 0)
        for name in ["a", "b"] as [RedisBytes] {
            _ = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 1)
        }
        _ = machine.confirmed(.subscribe, .pattern, RedisBytes("c").rawSpan, count: 1)
        #expect(machine.subscribedCount == 3)
        _ = machine.linkLost()
        #expect(machine.subscribedCount == 3)
        let subscribed = machine.subscribedNames { _, _ in true }.map(\.name)
        #expect(Set(subscribed) == ["a", "b", "c"])
        _ = machine.unsubscribe(.channel, [SubscriptionMachine.Target(name: "a", ticket: .none)])
        #expect(machine.subscribedCount == 2)
        #expect(machine.isRestoring == false)
        _ = machine.linkReady()
        #expect(machine.isRestoring == true)
        _ = machine.confirmed(.subscribe, .channel, RedisBytes("b").rawSpan, count: 1)
        #expect(machine.isRestoring == true)
        let last = machine.confirmed(.subscribe, .pattern, RedisBytes("c").rawSpan, count: 1) ?? []
        #expect(last.contains { if case .allRestored = $0 { true } else { false } })
        #expect(machine.isRestoring == false)
    }

    @Test("that are refused for one name are sent again by halves, and leave that name alone behind")
    func halves() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        let names: [RedisBytes] = ["a", "b", "c", "d", "e"]
        func sent(_ actions: [SubscriptionMachine.Action]?) -> [[RedisBytes]] {
            (actions ?? []).compactMap { if case .send(let command) = $0 { command.targets.map(\.name) } else { nil } }
        }
        let error = RedisError.server("NOPERM no", at: .tcp(host: "a", port: 1), .subscribe)
        #expect(sent(machine.subscribe(.channel, names.map { SubscriptionMachine.NameRequest(name: $0) })) == [names])
        #expect(sent(machine.refused(error)) == [["a", "b"], ["c", "d", "e"]])
        for name in names[..<2] { _ = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 1) }
        #expect(sent(machine.refused(error)) == [["c"], ["d", "e"]])
        let refused = machine.refused(error) ?? []
        #expect(sent(refused) == [])
        #expect(refused.contains { if case .refused(let refusal) = $0 { refusal.name == "c" } else { false } })
        for name in names[3...] { _ = machine.confirmed(.subscribe, .channel, name.rawSpan, count: 1) }
        let subscribed = machine.subscribedNames { _, _ in true }.map(\.name)
        #expect(Set(subscribed) == ["a", "b", "d", "e"])
        #expect(machine.subscribedCount == 4)
        #expect(machine.awaitsNothing == true)
    }

    @Test("of an earlier link whose name was refused and is asked for again are answered by the later command")
    func refusedBesideALaterCommand() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        for call in 1...2 as ClosedRange<UInt32> {
            let ticket = SubscriptionMachine.Ticket(call: call, index: 0)
            _ = machine.subscribe(.channel, [SubscriptionMachine.NameRequest(name: "a", ticket: ticket)])
        }
        let error = RedisError.server("NOPERM no", at: .tcp(host: "a", port: 1), .subscribe)
        _ = machine.refused(error)
        #expect(machine.entry(.channel, "a")?.isWanted == true)
        #expect(machine.confirmed(.subscribe, .channel, RedisBytes("a").rawSpan, count: 1) != nil)
        let subscribed = machine.subscribedNames { _, _ in true }.map(\.name)
        #expect(subscribed == ["a"])
    }

    @Test("for names that come from another link count them as subscribed and missing until they are confirmed")
    func movedNames() {
        let name = RedisBytes("a")
        var before = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: true)
        _ = before.linkReady()
        var request = SubscriptionMachine.NameRequest(name: name)
        request.handler = 7
        _ = before.subscribe(.shardChannel, [request])
        _ = before.confirmed(.subscribe, .shardChannel, name.rawSpan, count: 1)
        _ = before.linkLost()
        let moved = before.unassignWhileDown { $0 == name }
        #expect(before.subscribedCount == 0)
        var after = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: true)
        _ = after.linkReady()
        _ = after.subscribe(.shardChannel, moved)
        #expect(after.subscribedCount == 1)
        #expect(after.isRestoring == true)
        #expect(after.entry(.shardChannel, name)?.handler == 7)
        let told = after.confirmed(.subscribe, .shardChannel, name.rawSpan, count: 1) ?? []
        #expect(told.contains { if case .allRestored = $0 { true } else { false } })
        #expect(after.isRestoring == false)
    }
}
