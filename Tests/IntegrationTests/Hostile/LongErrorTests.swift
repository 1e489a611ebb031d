import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// An error of a server is kept up to its first kilobyte, and nobody waits for the rest to be processed.
@Suite("A server whose errors are a megabyte of flags", .tags(.server), .timeLimit(.minutes(2)))
struct LongErrorTests {
    /// Regional indicators: whether two of them are one character, Unicode's rules tell only by counting from the
    /// front.
    private static let flags = String(repeating: "\u{1F1E9}\u{1F1EA}", count: 130_000)

    private static func error(_ word: String, as type: String) -> String {
        let line = "\(word) \(flags)"
        return type == "!" ? "!\(line.utf8.count)\r\n\(line)\r\n" : "\(type)\(line)\r\n"
    }

    /// The longest that another link on the loop waited for an answer while `work` went on, and what `work` has thrown.
    private static func longestWait(
        beside work: (RedisEventLoop) async throws -> Void
    ) async throws -> (wait: Duration, error: RedisError?) {
        try await withScriptedServer { connection in
            _ = try connection.answerHandshake()
            do throws(RedisTestingError) {
                while true {
                    try connection.send("+PONG\r\n")
                    _ = try connection.readCommand()
                }
            } catch { if error.code != .connectionClosed { throw error } }
        } client: { url in
            let loop = try RedisEventLoop(name: "shared")
            let neighbour = try RedisClient(scripted(url), loop: loop)
            try await neighbour.ping()
            let longest = Locked(Duration.zero)
            let pings = Task {
                while !Task.isCancelled {
                    let start = ContinuousClock.now
                    _ = try? await neighbour.ping()
                    longest.withLock { $0 = max($0, start.duration(to: .now)) }
                }
            }
            let error = await #expect(throws: RedisError.self) { try await work(loop) }
            pings.cancel()
            await pings.joined
            await neighbour.close()
            await loop.shutdown()
            return (longest.withLock { $0 }, error)
        }
    }

    @Test("before it knows the user", arguments: ["-", "!"], bothProtocols)
    func beforeAuthentication(_ type: String, _ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withScriptedServer { connection in
            if version == .resp3 {
                _ = try connection.readCommand()
                try connection.send(Self.error("ERR", as: type))
            }
            try connection.expectCommand("AUTH", "ann", "pw")
            try connection.send(Self.error("WRONGPASS", as: type))
            try connection.waitForClose()
        } client: { url in
            let (wait, error) = try await Self.longestWait { loop in
                var configuration = try scripted(url)
                configuration.protocolVersion = version
                configuration.credentials = RedisCredentials(username: "ann", password: "pw")
                let pubsub = try PubSub(configuration, loop: loop)
                try await pubsub.subscribe("c")
            }
            #expect(wait < .seconds(2))
            #expect(error?.code == .authenticationFailed)
            let shown = "WRONGPASS (what the server said is not shown: it may repeat the password)"
            #expect(error?.serverMessage == shown)
        }
    }

    @Test("to whatever it is asked", arguments: ["-", "!"])
    func afterAuthentication(_ type: String) async throws {
        let told = "ERR \(Self.flags.prefix(127))\u{1F1E9}"
        #expect(told.utf8.count == 1024)
        try await withScriptedServer { connection in
            // Without what it says of itself a server is good enough.
            try connection.expectCommand("HELLO", "3")
            try connection.send("%1\r\n$5\r\nproto\r\n:3\r\n")
            do throws(RedisTestingError) {
                while true {
                    _ = try connection.readCommand()
                    try connection.send(Self.error("ERR", as: type))
                }
            } catch { if error.code != .connectionClosed { throw error } }
        } client: { url in
            let subscribed = try await Self.longestWait { loop in
                let pubsub = try PubSub(scripted(url), loop: loop)
                try await pubsub.subscribe("c")
            }
            let asked = try await Self.longestWait { loop in
                let client = try RedisClient(scripted(url), loop: loop)
                _ = try await client.send(["GET", "k"])
            }
            let monitored = try await Self.longestWait { loop in
                let monitor = try Monitor(scripted(url), loop: loop)
                try await monitor.start()
            }
            let tracked = try await Self.longestWait { loop in
                let invalidations = try Invalidations(scripted(url), loop: loop)
                try await invalidations.start()
            }
            for (wait, error) in [subscribed, asked, monitored, tracked] {
                #expect(wait < .seconds(2))
                #expect(error?.code == .serverError)
                #expect(error?.serverMessage == told)
                #expect(error?.message == told)
            }
        }
    }
}
