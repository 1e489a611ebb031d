import RedisCore
import RedisEvents
import Testing

/// All that the machine does in answer to one event, in order: what a simulation does not look at.
extension SubscribeBatchTests {
    private typealias Machine = SubscriptionMachine

    private func request(_ name: RedisBytes, _ call: UInt32 = 0, handler: UInt32 = 0) -> SubscriptionMachine.NameRequest
    {
        var request = Machine.NameRequest(name: name, ticket: Machine.Ticket(call: call, index: 0))
        request.handler = handler
        return request
    }

    private func target(_ name: RedisBytes, _ call: UInt32 = 0) -> SubscriptionMachine.Target {
        Machine.Target(name: name, ticket: Machine.Ticket(call: call, index: 0))
    }

    private func error(_ line: String) -> RedisError { .server(line, at: .tcp(host: "a", port: 1), .subscribe) }

    private func told(_ actions: [SubscriptionMachine.Action]?) -> [String] {
        guard let actions else { return ["unexplained"] }
        return actions.map { action in
            switch action {
            case .send(let command):
                return "\(command.verb) \(command.targets.map { "\($0.name)" }.joined(separator: " "))"
            case .fence: return "ping"
            case .resolve(let ticket, _, let name, .success(let count)):
                return "#\(ticket.call) \(name) \(count.map { "\($0)" } ?? "done")"
            case .resolve(let ticket, _, let name, .failure(let error)):
                return "#\(ticket.call) \(name) \(error.code == .cancelled ? "cancelled" : "failed")"
            case .changed(let verb, let change):
                return "changed \(verb) \(change.name) \(change.count.map { "\($0)" } ?? "by itself")"
            case .refused(let refusal): return "refused \(refusal.name)"
            case .release(let handler): return "release \(handler)"
            case .retryLater: return "retry later"
            case .resubscribeLater: return "pause"
            case .allRestored: return "all restored"
            case .unassign(let requests, _):
                let waiters = requests.flatMap(\.waiters).map { "#\($0.call)" }
                return (["unassign"] + requests.map { "\($0.name)" } + waiters).joined(separator: " ")
            }
        }
    }

    private func confirm(
        _ verb: SubscriptionMachine.Verb,
        _ kind: RedisSubscriptionKind,
        _ name: RedisBytes,
        _ machine: inout SubscriptionMachine
    ) -> [String] {
        told(machine.confirmed(verb, kind, name.rawSpan, count: 1))
    }

    private func revoke(_ kind: RedisSubscriptionKind, _ name: RedisBytes, _ machine: inout SubscriptionMachine)
        -> [String]
    {
        told(machine.revoked(kind, name.rawSpan, count: 1))
    }

    @Test("of one link tell what was asked for, and nothing else")
    func plain() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        var log = [told(machine.linkReady())]
        log.append(told(machine.subscribe(.shardChannel, [request("a", 1), request("b")])))
        let mayBeOpen = [machine.awaitsReply(besides: []), machine.awaitsReply(besides: [5])]
        log.append(confirm(.unsubscribe, .shardChannel, "a", &machine))
        log.append(confirm(.subscribe, .shardChannel, "a", &machine))
        log.append(confirm(.subscribe, .shardChannel, "b", &machine))
        machine.ping(5)
        let isOpen = [machine.awaitsReply(besides: []), machine.awaitsReply(besides: [5])]
        let pong = machine.answered()
        log.append(told(machine.unsubscribe(.shardChannel, [target("a", 2)])))
        log.append(told(machine.subscribe(.shardChannel, [request("a", 3)])))
        log.append(confirm(.unsubscribe, .shardChannel, "a", &machine))
        let count = machine.subscribedCount
        let own = machine.answered()
        log.append(confirm(.subscribe, .shardChannel, "a", &machine))
        #expect(
            log == [
                ["all restored"], ["subscribe a b"], ["unexplained"], ["#1 a 1", "changed subscribe a 1"],
                ["#0 b 1", "changed subscribe b 1"], ["unsubscribe a", "ping"], ["subscribe a"],
                ["#2 a 1", "changed unsubscribe a 1"], ["#3 a 1", "changed subscribe a 1"],
            ]
        )
        #expect(mayBeOpen == [true, true])
        #expect(isOpen == [true, false])
        #expect(pong == 5)
        #expect(own == 0)
        #expect(count == 1)
    }

    @Test("hold the shard channels of one slot in a cluster, and channels of any")
    func slots() {
        let names = (["a", "{c}1", "b", "{c}2"] as [RedisBytes]).map { request($0) }
        for (isInCluster, kind, commands) in [
            (true, .shardChannel, ["subscribe a", "subscribe {c}1 {c}2", "subscribe b"]),
            (true, .channel, ["subscribe a {c}1 b {c}2"]), (false, .shardChannel, ["subscribe a {c}1 b {c}2"]),
        ] as [(Bool, RedisSubscriptionKind, [String])] {
            var machine = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: isInCluster)
            _ = machine.linkReady()
            #expect(told(machine.subscribe(kind, names)) == commands)
        }
    }

    @Test("for a name that the server takes away are sent when none is on the wire and the name is still missing")
    func takenAway() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(.channel, [request("a", 1)])
        _ = confirm(.subscribe, .channel, "a", &machine)
        // Twice, although it is subscribed only once.
        var log = (0..<2).map { _ in revoke(.channel, "a", &machine) }
        let isRestoring = machine.isRestoring
        log.append(confirm(.subscribe, .channel, "a", &machine))
        log.append(told(machine.resubscribeRevoked()))
        log.append(revoke(.channel, "a", &machine))
        log.append(told(machine.subscribe(.channel, [request("a", 2)])))
        log.append(told(machine.resubscribeRevoked()))
        log.append(confirm(.subscribe, .channel, "a", &machine))
        #expect(
            log == [
                ["subscribe a", "pause"], [], ["#0 a 1", "changed subscribe a 1", "all restored"], ["pause"], [],
                ["subscribe a"], ["pause"], ["#2 a 1", "changed subscribe a 1", "all restored"],
            ]
        )
        #expect(isRestoring)
        // A new link has taken nothing away yet.
        log = [told(machine.linkLost()), told(machine.linkReady()), confirm(.subscribe, .channel, "a", &machine)]
        log.append(revoke(.channel, "a", &machine))
        #expect(
            log == [[], ["subscribe a"], ["#0 a 1", "changed subscribe a 1", "all restored"], ["subscribe a"]]
        )
    }

    @Test(
        "that are refused are sent again if that may help on this link, and in a cluster it may",
        arguments: [
            ("NOPERM no", true, false), ("NOPERM no", false, false), ("MOVED 1 h:1", false, false),
            ("ASK 1 h:1", false, false), ("ASK 1 h:1", true, true), ("LOADING data", false, true),
            ("LOADING data", true, true),
        ]
    )
    func refusals(line: String, isInCluster: Bool, isSentAgain: Bool) {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: isInCluster)
        _ = machine.linkReady()
        _ = machine.subscribe(.channel, [request("a", 1)])
        #expect(told(machine.refused(error(line))) == (isSentAgain ? ["retry later"] : ["#1 a failed", "refused a"]))
    }

    @Test("that are refused leave a name alone until its unsubscribe is answered")
    func withdrawnName() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(.channel, [request("a", 1)])
        _ = machine.unsubscribe(.channel, [target("a", 2)])
        var log = [told(machine.refused(error("LOADING data")))]
        log.append(confirm(.unsubscribe, .channel, "a", &machine))
        #expect(log == [["#1 a cancelled"], ["#2 a 1", "changed unsubscribe a 1"]])
        #expect(machine.entry(.channel, "a") == nil)
    }

    @Test("for a name that was let go of tell its end once, when the server has ended it before it was asked to")
    func endedTwice() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(.shardChannel, [request("a", 1)])
        _ = confirm(.subscribe, .shardChannel, "a", &machine)
        var log = [told(machine.subscribe(.shardChannel, [request("b", 2)]))]
        log.append(told(machine.unsubscribe(.shardChannel, [target("a", 3)])))
        log.append(revoke(.shardChannel, "a", &machine))
        log.append(confirm(.subscribe, .shardChannel, "b", &machine))
        log.append(told(machine.refused(error("MOVED 1 h:1"))))
        #expect(
            log == [
                ["subscribe b"], ["unsubscribe a", "ping"], ["changed unsubscribe a 1"],
                ["#2 b 1", "changed subscribe b 1"], ["#3 a done"],
            ]
        )
        #expect(machine.entry(.shardChannel, "a") == nil)
    }

    @Test(
        "for a name that is let go of end it when nothing is subscribed there, and leave it at any other refusal",
        arguments: [
            ("MOVED 1 h:1", ["#2 a done", "changed unsubscribe a by itself"], false),
            ("NOSUB none", ["#2 a done", "changed unsubscribe a by itself"], false),
            ("NOPERM no", ["#2 a failed"], true), ("LOADING data", ["#2 a failed", "retry later"], true),
        ]
    )
    func unsubscribeRefused(line: String, expected: [String], isLeft: Bool) {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(.channel, [request("a", 1)])
        _ = confirm(.subscribe, .channel, "a", &machine)
        _ = machine.unsubscribe(.channel, [target("a", 2)])
        #expect(told(machine.refused(error(line))) == expected)
        #expect((machine.entry(.channel, "a") != nil) == isLeft)
    }

    @Test("that a lost link leaves open are sent anew, and names that are let go of meanwhile end at once")
    func withoutALink() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(.channel, [request("a", handler: 7)])
        var log = [told(machine.linkLost()), told(machine.linkReady()), confirm(.subscribe, .channel, "a", &machine)]
        log.append(told(machine.linkLost()))
        log.append(told(machine.subscribe(.channel, [request("b", 1)])))
        log.append(told(machine.unsubscribe(.channel, [target("a", 2), target("b", 3), target("c", 4)])))
        #expect(
            log == [
                [], ["subscribe a"], ["#0 a 1", "changed subscribe a 1", "all restored"], [], [],
                [
                    "changed unsubscribe a by itself", "release 7", "#2 a done", "#1 b cancelled", "#3 b done",
                    "#4 c done",
                ],
            ]
        )
    }

    @Test("leave only names that were once confirmed when no further link comes")
    func neverConfirmed() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        _ = machine.subscribe(.channel, [request("a", 1, handler: 7), request("b", 2, handler: 8)])
        _ = confirm(.subscribe, .channel, "a", &machine)
        _ = machine.linkLost()
        #expect(told(machine.gaveUp(RedisError(.connectFailed, "refused"))) == ["#2 b failed", "release 8"])
        #expect(machine.entry(.channel, "a")?.handler == 7)
        #expect(machine.entry(.channel, "b") == nil)
    }

    @Test("of a name that has moved let go of it with the last of them, and of all callers that wait")
    func movedWithTwoCommands() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: true)
        _ = machine.linkReady()
        for call in [1, 0] as [UInt32] { _ = machine.subscribe(.shardChannel, [request("a", call)]) }
        let log = (0..<2).map { _ in told(machine.refused(error("MOVED 1 h:1"))) }
        #expect(log == [[], ["unassign a #1", "all restored"]])
        #expect(machine.entry(.shardChannel, "a") == nil)
    }

    @Test("for a name that leaves a link go on with the moment of its last message, when the link is down")
    func lastMessage() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: true)
        _ = machine.linkReady()
        _ = machine.subscribe(.shardChannel, [request("a")])
        _ = confirm(.subscribe, .shardChannel, "a", &machine)
        let instant = ContinuousClock.now
        machine.tables[.shardChannel].noteMessages([0], at: instant)
        let early = machine.unassignWhileDown { _ in true }
        #expect(early.isEmpty)
        _ = machine.linkLost()
        let moved = machine.unassignWhileDown { $0 == "a" }
        #expect(moved.map(\.name) == ["a"])
        let moments = moved.map { $0.lastMessage?.monotonic }
        #expect(moments == [instant])
    }

    @Test("carry the inline handler of a name along to another link, until its stream lets go of it")
    func inlineHandler() {
        let handler = InlineHandler { _ in }
        var machine = SubscriptionMachine(batchSize: 512, seed: 1, isInCluster: true)
        var requests = [request("a")]
        requests[0].inlineHandler = handler
        _ = machine.subscribe(.shardChannel, requests)
        requests = machine.unassignWhileDown { _ in true }
        #expect(requests.map { $0.inlineHandler === handler } == [true])
        _ = machine.subscribe(.shardChannel, requests)
        let isThere = machine.entry(.shardChannel, "a")?.inlineHandler === handler
        _ = machine.dropHandler(.shardChannel, "a")
        let isGone = machine.entry(.shardChannel, "a")?.inlineHandler == nil
        #expect(isThere && isGone)
    }

    @Test("are not what an error answers while a PING is the oldest, and are forgotten with their names")
    func behindAPing() {
        var machine = SubscriptionMachine(batchSize: 512, seed: 1)
        _ = machine.linkReady()
        machine.ping(1)
        _ = machine.subscribe(.channel, [request("a")])
        var isPing = [machine.nextIsPing]
        _ = machine.answered()
        isPing.append(machine.nextIsPing)
        #expect(isPing == [true, false])
        machine.forgetAll()
        #expect(machine.entry(.channel, "a") == nil)
    }
}
