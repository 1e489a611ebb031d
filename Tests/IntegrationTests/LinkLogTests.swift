import Logging
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("What is said of a link", .tags(.server), .timeLimit(.minutes(1)))
struct LinkLogTests {
    @Test("stands in the log at notice: lost and back, with server, reason, confidence and time")
    func log() async throws {
        try await withRedisServer { server in
            let log = LogRecorder()
            var configuration = try server.configuration()
            #expect(configuration.logger.handler is SwiftLogNoOpLogHandler)
            configuration.logger = log.logger
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            let monitor = try Monitor(configuration)
            try await monitor.start()
            #expect(!log.all.contains { $0.hasPrefix("notice") })
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            func notices(_ text: String) -> [String] { log.all.filter { $0.hasPrefix("notice \(text)") } }
            #expect(try await eventually { notices("link back").count == 1 })
            let lost = try #require(notices("link lost").first)
            let back = try #require(notices("link back").first)
            for part in ["127.0.0.1:\(server.port)", "endOfStream", "possible"] { #expect(lost.contains(part)) }
            for part in ["127.0.0.1:\(server.port)", "clientKilled"] { #expect(back.contains(part)) }
            // A busy machine may take more than a second.
            #expect(back.contains(#/"after": [0-9.]+ s/#))
            // Before it is subscribed again, its link is a normal one as well.
            #expect(try await eventually { await pubsub.states().allSatisfy(\.isConfirmed) })
            try server.command("CLIENT", "KILL", "TYPE", "normal")
            #expect(try await eventually { notices("link back").count == 2 })
            await monitor.close()
            await pubsub.close()
            #expect(notices("link").count == 4)
        }
    }

    @Test("and all that comes has a description for people, which shows no payload")
    func descriptions() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let configuration = try server.configuration()
            let pubsub = try PubSub(configuration, buffer: RedisBufferLimit(events: 3))
            let keys = try KeyspaceEvents(configuration)
            let monitor = try Monitor(configuration)
            let invalidations = try Invalidations(configuration)
            let results = try await pubsub.subscribe(.channel, ["orders"])
            #expect(results.map { "\($0)" } == ["channel orders (1)"])
            #expect(await pubsub.states().map { "\($0)" } == ["channel orders: wanted, confirmed, no handler"])
            try await keys.start()
            try await monitor.start()
            try await invalidations.start()
            try server.command("SET", "k", "hidden")
            guard case .event(let key) = try await keys.next(timeout: .seconds(10)),
                case .event(let void) = try await invalidations.next(timeout: .seconds(10))
            else { return #expect(Bool(false)) }
            #expect("\(key)" == "set k in database 0")
            #expect("\(void)" == "invalidated: k")
            var command = ""
            while !command.hasPrefix("SET"), case .event(let event) = try await monitor.next(timeout: .seconds(10)) {
                command = "\(event)"
            }
            #expect(command.hasPrefix("SET from 127.0.0.1:"))
            #expect(command.hasSuffix("in database 0 (2 arguments)"))
            var words: [String] = []
            for _ in 0..<5 { try server.publish("orders", "hidden") }
            // All six have come before anybody reads: the confirmation and five messages, of which three have room.
            #expect(try await eventually { pubsub.statistics.droppedEvents == 3 })
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            while words.last?.hasPrefix("gap") != true,
                case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10))
            {
                words.append("\(event)")
            }
            #expect(words.contains("message orders (6 bytes)"))
            #expect(words.contains { $0.hasSuffix("bytes)") && $0.contains(" dropped (") })
            #expect(words.contains { $0.hasPrefix("link to 127.0.0.1:\(server.port) lost: the server closed") })
            #expect(words.contains { $0.hasPrefix("link to 127.0.0.1:\(server.port) back after ") })
            #expect(words.contains("subscribed: channel orders (1)"))
            #expect(words.last?.hasSuffix("; no publish was missed; channel orders") == true)
            #expect(!(words + [command]).contains { $0.contains("hidden") })
            await invalidations.close()
            await monitor.close()
            await keys.close()
            await pubsub.close()
        }
    }
}
