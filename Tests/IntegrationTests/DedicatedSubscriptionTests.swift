import RedisEvents
import RedisTesting
import TestSupport
import Testing

@Suite("Dedicated subscriptions", .tags(.server), .timeLimit(.minutes(2)))
struct DedicatedSubscriptionTests {
    private func take(_ subscription: PubSub.Subscription, _ count: Int) async throws -> [String] {
        var found: [String] = []
        while found.count < count {
            switch try await subscription.next(timeout: .seconds(20)) {
            case .event(let event): found.append(words(event))
            case .handled: found.append("handled")
            case .nothing: return found + ["nothing"]
            case .closed: return found + ["closed"]
            }
        }
        return found
    }

    @Test("that are slow take nothing from the others on the link", arguments: bothProtocols)
    func oneSlowAmongMany(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            try server.keepEverything()
            let pubsub = try PubSub(server.configuration(version), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            let slow = try await pubsub.subscription(to: "a", buffer: RedisBufferLimit(events: 10))
            let fast = try await pubsub.psubscription(to: "a*")
            #expect(try server.subscribers("a") == 1)
            let total = 100_000
            try server.flood("a", numbers: 0..<total)
            async let stream = count(total) { try await pubsub.getMessage(timeout: .seconds(20)) }
            async let other = count(total) { try await fast.next(timeout: .seconds(20)) }
            for account in try await [stream, other] {
                #expect(account.complaint == nil)
                #expect(account.delivered == total)
            }
            // Its confirmation is among them.
            #expect(try await eventually { slow.statistics.droppedEvents == total + 1 - 10 })
            #expect(slow.statistics.queuedEvents == 10)
            #expect(fast.statistics.deliveredEvents == total + 1)
            #expect(fast.statistics.droppedEvents == 0)
            #expect(
                try await take(slow, 11) == ["drop \(total - 9)"] + (total - 10..<total).map { "message a \($0)" }
            )
            await pubsub.close()
        }
    }

    private func count(_ total: Int, _ read: () async throws -> RedisReadOutcome<PubSub.Event>) async throws -> Account
    {
        var account = Account()
        while account.next < total, account.complaint == nil {
            guard case .event(let event) = try await read() else { break }
            account.add(event)
        }
        return account
    }

    @Test("get their names' messages and confirmations, and the stream gets none of them")
    func apart() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            try await pubsub.subscribe("stream")
            let own = try await pubsub.subscription(to: "own", "both")
            let pattern = try await pubsub.psubscription(to: "o?n")
            let shard = try await pubsub.ssubscription(to: "shard")
            try await pubsub.subscribe("both")
            #expect(own.results.map(\.count) == [2, 3])
            try server.publish("own", "1")
            try server.publish("both", "2")
            try server.publish("stream", "3")
            try server.spublish("shard", "4")
            #expect(
                try await take(own, 5) == [
                    "subscribed own 2", "subscribed both 3", "subscribed both 4", "message own 1", "message both 2",
                ]
            )
            #expect(try await take(pattern, 2) == ["subscribed o?n 4", "pmessage o?n own 1"])
            #expect(try await take(shard, 2) == ["subscribed shard 1", "smessage shard 4"])
            #expect(
                try await pubsub.take(4) == [
                    "subscribed stream 1", "subscribed both 4", "message both 2", "message stream 3",
                ]
            )
            await pubsub.close()
            #expect(try await take(own, 1) == ["closed"])
        }
    }

    @Test("unsubscribe when they end, from what nobody else has, and the stream likewise")
    func ends() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration())
            let handled = Collector()
            let first = try await pubsub.subscription(to: "a", "b")
            var second: PubSub.Subscription? = try await pubsub.subscription(to: "b")
            try await pubsub.subscribe("a") { handled.add(words(.message($0))) }
            #expect(try await pubsub.take(1) == ["subscribed a 2"])
            // The stream lets go of a name that is kept.
            let results = try await pubsub.unsubscribe()
            #expect(results.map(\.count) == [nil])
            #expect(try await pubsub.take(1) == ["unsubscribed a"])
            #expect(try server.subscribers("a") == 1)
            try server.publish("a", "1")
            #expect(try await take(first, 5).last == "message a 1")
            try await pubsub.subscribe("a") { handled.add(words(.message($0))) }
            #expect(try await pubsub.take(1) == ["subscribed a 2"])
            await first.close()
            await first.close()
            #expect(try server.subscribers("a") == 1)
            #expect(try server.subscribers("b") == 1)
            try server.publish("a", "2")
            #expect(try await pubsub.take(1) == ["handled"])
            #expect(handled.all == ["message a 2"])
            // To let go of one is to close it.
            #expect(second?.statistics.droppedEvents == 0)
            second = nil
            #expect(try await eventually { try server.subscribers("b") == 0 })
            #expect(try await pubsub.unsubscribe().map(\.count) == [0])
            // Of "b" the stream has never heard.
            #expect(try await pubsub.take(1) == ["unsubscribed a 0"])
            guard case .nothing = try await pubsub.getMessage() else { return #expect(Bool(false)) }
            await pubsub.close()
        }
    }

    @Test("hear of a lost link in their place, if they had something to lose")
    func gaps() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let before = try await pubsub.subscription(to: "a")
            try server.publish("a", "1")
            #expect(try await take(before, 1) == ["message a 1"])
            await pubsub.cut()
            let after = try await pubsub.subscription(to: "b")
            #expect(try await eventually { try server.subscribers("a") == 1 })
            try server.publish("a", "2")
            try server.publish("b", "3")
            let told = try await take(before, 4)
            #expect(told == ["lost", "restored", "gap", "message a 2"])
            #expect(try await take(after, 1) == ["message b 3"])
            await pubsub.close()
        }
    }

    @Test("that fail end alone")
    func fail() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            let failing = try await pubsub.subscription(to: "b", buffer: RedisBufferLimit(events: 3), overflow: .fail)
            try server.flood("b", numbers: 0..<10)
            #expect(try await eventually { try server.subscribers("b") == 0 })
            var told: [String] = []
            let error = await #expect(throws: RedisError.self) {
                for try await event in failing.events { told.append(words(event)) }
            }
            #expect(error?.code == .consumerTooSlow)
            #expect(Array(told.prefix(2)) == ["message b 0", "message b 1"])
            #expect(told.count == 3)
            #expect(told.last == "drop \(failing.statistics.droppedEvents)")
            try server.publish("a", "1")
            #expect(try await pubsub.take(1) == ["message a 1"])
            await pubsub.close()
        }
    }

    @Test("need no handler beside a reader that takes handlers only, and leave nothing when they are refused")
    func handlersAndRefusals() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&a", "&b")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(configuration)
            let seen = Collector()
            let own = try await pubsub.subscription(to: "a", "secret", overflow: .latestPerChannel)
            #expect(own.results.map { $0.error?.code } == [nil, .notPermitted])
            try await pubsub.subscribe("a") { seen.add(words(.message($0))) }
            let more = try await pubsub.subscription(to: "b")
            let listener = try pubsub.runInThread()
            try server.publish("a", "1")
            try server.publish("b", "2")
            #expect(try await eventually { seen.all == ["message a 1"] })
            #expect(try await take(more, 2) == ["subscribed b 2", "message b 2"])
            let refused = await #expect(throws: RedisError.self) { try await pubsub.subscription(to: "secret") }
            #expect(refused?.code == .notPermitted)
            let nameless = await #expect(throws: RedisError.self) { try await pubsub.subscription(to: .channel, []) }
            #expect(nameless?.code == .invalidCommand)
            #expect(Set(await pubsub.states().map(\.name)) == ["a", "b"])
            listener.stop()
            #expect(try await eventually { !listener.isAlive })
        }
    }

    @Test("end with the server's refusal when the last of their names is taken away")
    func revoked() async throws {
        try await withRedisServer { server in
            try server.command("ACL", "SETUSER", "ann", "on", ">pw", "+@all", "resetchannels", "&a", "&b")
            var configuration = try server.configuration()
            configuration.credentials = RedisCredentials(username: "ann", password: "pw")
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("a")
            let own = try await pubsub.subscription(to: "b")
            // The server closes the links of users who lose a channel that they listen to.
            try server.command("ACL", "SETUSER", "ann", "resetchannels", "&a")
            var told: [String] = []
            let error = await #expect(throws: RedisError.self) {
                for try await event in own.events { told.append(words(event)) }
            }
            #expect(error?.code == .notPermitted)
            #expect(told == ["lost", "restored", "refused b notPermitted"])
            #expect(try await pubsub.take(3) == ["lost", "restored", "gap"])
            #expect(await pubsub.states().map(\.name) == ["a"])
            await pubsub.close()
        }
    }

    @Test("give a name over to the stream, also while it is being unsubscribed")
    func handover() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            for number in 0..<20 {
                var own: PubSub.Subscription? = try await pubsub.subscription(to: "a")
                #expect(own?.kind == .channel)
                own = nil
                // Right behind the unsubscribe, which is not answered yet.
                try await pubsub.subscribe("a")
                try server.publish("a", RedisBytes("\(number)"))
                #expect(try await pubsub.take(1) == ["message a \(number)"])
                try await pubsub.unsubscribe("a")
                #expect(try server.subscribers("a") == 0)
            }
            await pubsub.close()
        }
    }

    @Test("that keep a name do not keep the handler that the stream had for it")
    func handlerIsReleased() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            weak var held: Collector?
            func subscribe() async throws {
                let collector = Collector()
                held = collector
                try await pubsub.subscribe("a") { collector.add("\($0.payload)") }
            }
            try await subscribe()
            let own = try await pubsub.subscription(to: "a")
            try server.publish("a", "1")
            #expect(try await pubsub.take(1) == ["handled"])
            #expect(held?.all == ["1"])
            try await pubsub.unsubscribe("a")
            // The reader lets go of it in passing.
            let isReleased = try await eventually {
                guard case .nothing = try await pubsub.getMessage() else { return false }
                return held == nil
            }
            #expect(isReleased)
            #expect(try await take(own, 1) == ["message a 1"])
            await pubsub.close()
        }
    }

    @Test("are drained with the stream")
    func drain() async throws {
        try await withRedisServer { server in
            let pubsub = try PubSub(server.configuration(), ignoreSubscribeMessages: true)
            let own = try await pubsub.subscription(to: "a")
            try server.flood("a", numbers: 0..<10)
            #expect(try await eventually { own.statistics.queuedEvents == 11 })
            let draining = Task { await pubsub.drain(deadline: .seconds(20)) }
            #expect(try await take(own, 11) == (0..<10).map { "message a \($0)" } + ["closed"])
            #expect(await draining.joined)
        }
    }
}
