import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// New credentials while links live.
@Suite("New credentials", .tags(.server), .timeLimit(.minutes(3)))
struct CredentialsTests {
    /// Users by number, each with a password of its own, so that CLIENT LIST tells which token a link has.
    private static func credentials(_ number: Int) -> RedisCredentials {
        RedisCredentials(username: "u\(number)", password: "secret\(number)")
    }

    private static func addUser(_ number: Int, to server: RedisServer) throws {
        try server.command("ACL", "SETUSER", "u\(number)", "on", ">secret\(number)", "allkeys", "allchannels", "+@all")
    }

    /// The users of the links with that name, in words.
    private static func users(_ server: RedisServer, _ name: String = "under-test") throws -> [String] {
        try server.command("CLIENT", "LIST").split(separator: "\n").filter { $0.contains(" name=\(name) ") }
            .compactMap { $0.split(separator: " ").first { $0.hasPrefix("user=") }.map { String($0.dropFirst(5)) } }
    }

    private static func configuration(
        _ server: RedisServer,
        _ feed: RedisCredentialsFeed,
        _ version: RedisConfiguration.ProtocolVersion
    ) throws -> RedisConfiguration {
        var configuration = try server.configuration(version)
        configuration.credentials = feed
        configuration.clientName = "under-test"
        return configuration
    }

    /// Publishes numbers as fast as it can to three channels until told to finish.
    private final class Publisher: Sendable {
        private let stops = Locked(false)
        private let published = Locked(0)
        private let publishing = Locked<Task<Void, any Error>?>(nil)

        var count: Int { published.withLock { $0 } }

        func start(_ server: RedisServer) {
            publishing.withLock { $0 = Task { try await run(server) } }
        }

        /// Publishes no more, but for "end" behind the last number.
        func finish(_ server: RedisServer) async throws {
            stops.withLock { $0 = true }
            try await publishing.withLock { $0 }?.joined
            try server.publish("a", "end")
        }

        private func run(_ server: RedisServer) async throws {
            let client = try RedisClient(server.url)
            var number = 0
            while !stops.withLock({ $0 }) {
                var last: Promise<RESPValue>?
                for _ in 0..<64 {
                    let channel = RedisBytes(["a", "b", "c.1"][number % 3])
                    last = try client.enqueue(["PUBLISH", channel, RedisBytes("\(number)")])
                    number += 1
                }
                _ = try await last?.value()
                published.withLock { $0 = number }
            }
            await client.close()
        }
    }

    /// Calls `body` with a subscriber to all that a publisher publishes at full speed until `body` has it finish.
    private func underLoad(
        _ version: RedisConfiguration.ProtocolVersion,
        _ body: (RedisServer, RedisCredentialsFeed, PubSub, Publisher) async throws -> Void
    ) async throws {
        try await withRedisServer { server in
            for number in 0...20 { try Self.addUser(number, to: server) }
            let feed = RedisCredentialsFeed(Self.credentials(0))
            let pubsub = try PubSub(
                Self.configuration(server, feed, version),
                buffer: RedisBufferLimit(events: 100_000_000, bytes: 4 << 30),
                ignoreSubscribeMessages: true
            )
            try await pubsub.subscribe("a", "b")
            try await pubsub.psubscribe("c.*")
            let publisher = Publisher()
            publisher.start(server)
            try await body(server, feed, pubsub, publisher)
            #expect(feed.listenerCount == 1)
            await pubsub.close()
            #expect(try await eventually { feed.listenerCount == 0 })
            #expect(try await eventually { try Self.users(server) == [] })
        }
    }

    @Test("twenty times under a full-speed publisher lose and repeat nothing")
    func rotation() async throws {
        try await underLoad(.resp3) { server, feed, pubsub, publisher in
            let reading = Task {
                var expected = 0
                var wrong: [String] = []
                for try await event in pubsub.events {
                    guard case .message(let message) = event else {
                        wrong.append(words(event))
                        continue
                    }
                    if message.text == "end" { break }
                    if message.text != "\(expected)" { wrong.append("\(message.payload) for \(expected)") }
                    expected = (message.text.flatMap { Int($0) } ?? expected) + 1
                }
                return (expected, wrong)
            }
            for number in 1...20 {
                let before = publisher.count
                feed.send(Self.credentials(number))
                #expect(try await eventually { try Self.users(server) == ["u\(number)"] })
                #expect(try await eventually { publisher.count > before })
            }
            try await publisher.finish(server)
            let (count, wrong) = try await reading.joined
            #expect(wrong == [])
            #expect(count == publisher.count)
            #expect(count > 1000)
        }
    }

    @Test("open the link of a subscriber in RESP2 anew, with a record wherever something may be missing")
    func rotationInRESP2() async throws {
        try await underLoad(.resp2) { server, feed, pubsub, publisher in
            let causes = Locked<[RedisDisconnect.Reason]>([])
            let reading = Task {
                var last = -1
                var isGapOpen = false
                var wrong: [String] = []
                for try await event in pubsub.events {
                    switch event {
                    case .message(let message):
                        if message.text == "end" { return (last, wrong) }
                        guard let number = message.text.flatMap({ Int($0) }) else { continue }
                        if number != last + 1, !isGapOpen || number <= last { wrong.append("\(number) behind \(last)") }
                        (last, isGapOpen) = (number, false)
                    case .gap(let gap):
                        isGapOpen = true
                        if gap.isComplete { causes.withLock { $0.append(gap.cause.reason) } }
                    default: break
                    }
                }
                return (last, wrong)
            }
            for number in 1...20 {
                let before = publisher.count
                feed.send(Self.credentials(number))
                #expect(try await eventually { causes.withLock { $0.count } == number })
                #expect(try Self.users(server) == ["u\(number)"])
                #expect(try await eventually { publisher.count > before })
            }
            try await publisher.finish(server)
            let (last, wrong) = try await reading.joined
            #expect(wrong == [])
            #expect(last == publisher.count - 1)
            #expect(causes.withLock { $0 } == [RedisDisconnect.Reason](repeating: .credentialsChanged, count: 20))
        }
    }

    @Test("that the server refuses keep a subscriber in RESP2 out until the next ones come")
    func refusedInRESP2() async throws {
        try await withRedisServer { server in
            for number in 0...1 { try Self.addUser(number, to: server) }
            let feed = RedisCredentialsFeed(Self.credentials(0))
            let pubsub = try PubSub(Self.configuration(server, feed, .resp2), ignoreSubscribeMessages: true)
            let handled = Collector()
            try await pubsub.subscribe("foo") { handled.add("\($0.payload)") }
            feed.send(RedisCredentials(username: "u1", password: "wrong"))
            #expect(try await pubsub.take(1) == ["lost"])
            guard case .event(.link(.retrying(let error, _))) = try await pubsub.getMessage(timeout: .seconds(20))
            else { return #expect(Bool(false)) }
            #expect(error.code == .authenticationFailed)
            #expect(try await eventually { try Self.users(server).isEmpty })
            feed.send(Self.credentials(1))
            #expect(try await pubsub.take(2, skipping: ["retrying"]) == ["restored", "gap"])
            #expect(try Self.users(server) == ["u1"])
            #expect(try server.publish("foo", "1") == 1)
            #expect(try await pubsub.take(1) == ["handled"])
            #expect(handled.all == ["1"])
            await pubsub.close()
        }
    }

    @Test("keep the subscriptions, their handlers and what is asked for meanwhile")
    func subscriptions() async throws {
        try await withRedisServer { server in
            for number in 0...1 { try Self.addUser(number, to: server) }
            let feed = RedisCredentialsFeed(Self.credentials(0))
            let pubsub = try PubSub(Self.configuration(server, feed, .resp3), ignoreSubscribeMessages: true)
            let handled = Collector()
            try await pubsub.subscribe("foo") { handled.add("\($0.payload)") }
            try await pubsub.ssubscribe("shard")
            try await pubsub.subscribe("gone")
            feed.send(Self.credentials(1))
            // In the midst of it.
            async let subscribed = pubsub.subscribe("bar")
            async let unsubscribed = pubsub.unsubscribe("gone")
            async let time = pubsub.ping()
            #expect(try await subscribed.map(\.name) == ["bar"])
            #expect(try await unsubscribed.map(\.name) == ["gone"])
            #expect(try await time > .zero)
            #expect(try await eventually { try Self.users(server) == ["u1"] })
            #expect(try server.publish("foo", "1") == 1)
            #expect(try server.publish("bar", "2") == 1)
            #expect(try server.spublish("shard", "3") == 1)
            #expect(try server.publish("gone", "4") == 0)
            #expect(try await pubsub.take(3) == ["handled", "message bar 2", "smessage shard 3"])
            #expect(handled.all == ["1"])
            await pubsub.cut()
            #expect(try await pubsub.take(3, skipping: ["retrying"]) == ["lost", "restored", "gap"])
            #expect(try Self.users(server) == ["u1"])
            await pubsub.close()
        }
    }

    @Test("that the server refuses are told, leave the link as it is, and the next ones count")
    func refused() async throws {
        try await withRedisServer { server in
            for number in 0...1 { try Self.addUser(number, to: server) }
            let feed = RedisCredentialsFeed(Self.credentials(0))
            let pubsub = try PubSub(Self.configuration(server, feed, .resp3), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            feed.send(RedisCredentials(username: "u1", password: "wrong"))
            guard
                case .event(.link(.authenticationFailed(let error))) = try await pubsub.getMessage(
                    timeout: .seconds(20)
                )
            else { return #expect(Bool(false)) }
            #expect(error.code == .authenticationFailed)
            #expect(error.serverPrefix == "WRONGPASS")
            #expect(error.phase == .handshake)
            #expect(try Self.users(server) == ["u0"])
            #expect(try server.publish("foo", "1") == 1)
            #expect(try await pubsub.take(1) == ["message foo 1"])
            // Nothing is tried again by itself.
            let statistics = try server.command("INFO", "commandstats").split(separator: "\r\n")
            #expect(statistics.filter { $0.hasPrefix("cmdstat_auth:") }.allSatisfy { $0.hasSuffix("failed_calls=1") })

            struct NoToken: Error {}
            feed.send(failure: NoToken())
            guard
                case .event(.link(.authenticationFailed(let error))) = try await pubsub.getMessage(
                    timeout: .seconds(20)
                )
            else { return #expect(Bool(false)) }
            #expect(error.underlyingError is NoToken)

            feed.send(Self.credentials(1))
            #expect(try await eventually { try Self.users(server) == ["u1"] })
            #expect(try server.publish("foo", "2") == 1)
            #expect(try await pubsub.take(1) == ["message foo 2"])
            await pubsub.close()
        }
    }

    @Test("with fewer rights cost a subscriber in RESP2 what these leave out, and are told so")
    func fewerRights() async throws {
        try await withRedisServer { server in
            try Self.addUser(0, to: server)
            try server.command("ACL", "SETUSER", "u1", "on", ">secret1", "resetchannels", "&foo", "+@all")
            let feed = RedisCredentialsFeed(Self.credentials(0))
            let pubsub = try PubSub(Self.configuration(server, feed, .resp2), ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo", "bar")
            feed.send(Self.credentials(1))
            let seen = try await pubsub.take(4, skipping: ["retrying"])
            #expect(seen == ["lost", "restored", "refused bar notPermitted", "gap"])
            #expect(try Self.users(server) == ["u1"])
            #expect(try server.publish("bar", "1") == 0)
            #expect(try server.publish("foo", "2") == 1)
            #expect(try await pubsub.take(1) == ["message foo 2"])
            await pubsub.close()
        }
    }

    @Test("are used in place under TLS as in clear")
    func tls() async throws {
        let tls = try ServerTLS()
        try await withRedisServer(RedisServerOptions(tls: tls)) { server in
            for number in 0...5 { try Self.addUser(number, to: server) }
            let feed = RedisCredentialsFeed(Self.credentials(0))
            var configuration = try Self.configuration(server, feed, .resp3)
            configuration.tls?.authorities = .file(tls.certificates.authority)
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            for number in 1...5 {
                feed.send(Self.credentials(number))
                for count in 0..<100 { try server.publish("foo", RedisBytes("\(number) \(count)")) }
                #expect(try await eventually { try Self.users(server) == ["u\(number)"] })
                #expect(try await pubsub.take(100) == (0..<100).map { "message foo \(number) \($0)" })
            }
            await pubsub.close()
        }
    }

    @Test("reach a monitor in place, whose lines go on", arguments: bothProtocols)
    func monitor(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            for number in 0...1 { try Self.addUser(number, to: server) }
            let feed = RedisCredentialsFeed(Self.credentials(0))
            let monitor = try Monitor(Self.configuration(server, feed, version))
            try await monitor.start()
            feed.send(RedisCredentials(username: "u1", password: "wrong"))
            feed.send(Self.credentials(1))
            #expect(try await eventually { try Self.users(server) == ["u1"] })
            try server.command("PING", "end")
            var seen: [String] = []
            for try await event in monitor.events {
                switch event {
                case .command(let command):
                    if command.name == "AUTH" {
                        seen.append(command.arguments.map(\.description).joined(separator: " "))
                    }
                    if command.arguments.last == "end" { seen.append("end") }
                case .link(.authenticationFailed(let error)): seen.append("\(error.serverPrefix ?? "")")
                default: seen.append("\(event)")
                }
                if seen.last == "end" { break }
            }
            // Nothing of its own AUTH.
            #expect(seen.filter { $0 != "WRONGPASS" } == ["end"])
            await monitor.close()
        }
    }

    @Test("reach a client between its commands", arguments: bothProtocols)
    func client(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            for number in 0...5 { try Self.addUser(number, to: server) }
            let feed = RedisCredentialsFeed(Self.credentials(0))
            let client = try RedisClient(Self.configuration(server, feed, version))
            for number in 1...5 {
                var answers: [(Int, Promise<RESPValue>)] = []
                for echo in 0..<100 {
                    if echo == 50 { feed.send(Self.credentials(number)) }
                    answers.append((echo, try client.enqueue(["ECHO", RedisBytes("\(echo)")])))
                }
                for (echo, answer) in answers { #expect(try await answer.value().text == "\(echo)") }
                #expect(try await eventually { try await client.send(["ACL", "WHOAMI"]).text == "u\(number)" })
            }
            feed.send(RedisCredentials(username: "u1", password: "wrong"))
            #expect(try await client.send(["ACL", "WHOAMI"]).text == "u5")
            await client.close()
            #expect(try await eventually { feed.listenerCount == 0 })
        }
    }

    @Test("of a token manager follow the life of its tokens", arguments: bothProtocols)
    func manager(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer { server in
            for number in 1...3 { try Self.addUser(number, to: server) }
            let requests = Locked(0)
            let manager = try RedisTokenManager {
                let number = requests.withLock { requests in
                    requests += 1
                    return min(requests, 3)
                }
                let lifetime: Duration = number < 3 ? .milliseconds(300) : .seconds(3600)
                return RedisAccessToken("secret\(number)", username: "u\(number)", lifetime: lifetime)
            }
            var configuration = try server.configuration(version)
            configuration.credentials = manager
            configuration.clientName = "under-test"
            let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
            try await pubsub.subscribe("foo")
            #expect(try await eventually { try Self.users(server) == ["u3"] })
            #expect(try await eventually { await pubsub.states().allSatisfy(\.isConfirmed) })
            #expect(try server.publish("foo", "1") == 1)
            // In RESP2 each token is used by a link of its own.
            let ofTheLink: Set<String> = version == .resp2 ? ["lost", "retrying", "restored", "gap so far", "gap"] : []
            #expect(try await pubsub.take(1, skipping: ofTheLink) == ["message foo 1"])
            await pubsub.close()
            await manager.stop()
            #expect(requests.withLock { $0 } == 3)
        }
    }
}
