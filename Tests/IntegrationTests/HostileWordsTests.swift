import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// What a hostile server says, in the log and in the words of events and errors.
@Suite("The words of a hostile server", .tags(.server), .timeLimit(.minutes(1)))
struct HostileWordsTests {
    private func isFit(_ text: String) -> Bool { !text.unicodeScalars.contains { ShownText.isHidden($0.value) } }

    @Test(
        "are escaped in the log, and wherever an event or an error is described",
        arguments: HostileWords.all
    )
    func everywhere(_ words: HostileWords) async throws {
        let server = ScriptedServer { try words.serve($0) }
        try server.start()
        let log = LogRecorder()
        var configuration = try scripted(server.url)
        configuration.logger = log.logger
        configuration.reconnect.isEnabled = false
        var said: [String] = []
        do throws(RedisError) {
            let pubsub = try PubSub(configuration)
            do throws(RedisError) {
                said += try await pubsub.subscribe(.channel, ["ch"], timeout: .after(.seconds(5))).map { "\($0)" }
            } catch { said += ["\(error)", error.message, "\(error.underlyingError as Any)"] }
            for _ in 0..<60 {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .zero) else { break }
                said.append("\(event)")
            }
            said += await pubsub.states().map { "\($0)" }
            await pubsub.close()
            let client = try RedisClient(configuration)
            do throws(RedisError) { said.append("\(try await client.send(["GET", "k"]))") } catch {
                said += ["\(error)", error.message]
            }
            await client.close()
            let keys = try KeyspaceEvents(configuration)
            do throws(RedisError) { try await keys.start() } catch { said += ["\(error)", error.message] }
            for _ in 0..<60 {
                guard case .event(let event) = try await keys.next(timeout: .zero) else { break }
                said.append("\(event)")
            }
            await keys.close()
        } catch { said.append("\(error)") }
        configuration.cluster = RedisClusterConfiguration(seeds: [configuration.endpoint])
        do throws(RedisError) {
            let cluster = try RedisClient(configuration)
            do throws(RedisError) { _ = try await cluster.send(["GET", "k"], timeout: .seconds(1)) } catch {
                said += ["\(error)", error.message]
            }
            await cluster.close()
        } catch { said.append("\(error)") }
        #expect(!said.isEmpty && !log.all.isEmpty)
        for text in said + log.all { #expect(isFit(text), "\(text.debugDescription)") }
        try? server.stop()
    }

    @Test("so are the channels, keys and clients that others have named")
    func names() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let name = RedisBytes("a\n\u{1b}[2J\u{202e}")
            let shown = "a\\n\\x1b[2J\\u{202e}"
            let pubsub = try PubSub(try server.configuration())
            let keys = try KeyspaceEvents(try server.configuration())
            try await pubsub.psubscribe("a*")
            try await keys.start()
            try server.publish(name, name)
            try server.command([Array("SET".utf8), name.bytes, name.bytes])
            var said: [String] = []
            while said.count < 2, case .event(let event) = try await pubsub.getMessage(timeout: .seconds(10)) {
                said.append("\(event)")
            }
            #expect(said == ["subscribed: pattern a* (1)", "pmessage \(shown) (\(name.count) bytes)"])
            guard case .event(let key) = try await keys.next(timeout: .seconds(10)) else {
                return #expect(Bool(false))
            }
            #expect("\(key)" == "set \(shown) in database 0")
            await keys.close()
            await pubsub.close()
        }
    }
}
