import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// A server that takes names away as soon as they are subscribed.
@Suite("A server that answers unsubscribe to everything", .tags(.server), .timeLimit(.minutes(1)))
struct RevokingServerTests {
    /// Subscribes to `a`; `answer` is what the server says to each SUBSCRIBE. Returns how long after the
    /// beginning the first `count` of them came, or what came within a second behind the last one.
    private func subscribes(_ count: Int, _ answer: String) async throws -> [Duration] {
        let times = Locked<[Duration]>([])
        let begin = ContinuousClock.now
        return try await withScriptedServer { connection in
            var command = try connection.answerHandshake()
            while true {
                if command[0] == Array("SUBSCRIBE".utf8) {
                    times.withLock { $0.append(begin.duration(to: .now)) }
                    try connection.send(answer)
                }
                guard let next = try? connection.readCommand() else { return }
                command = next
            }
        } client: { url in
            let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
            _ = Task { try? await pubsub.subscribe("a") }
            _ = try await eventually { times.withLock { $0.count } >= min(count, 2) }
            _ = try await eventually(within: .seconds(count > 2 ? 20 : 1)) {
                times.withLock { $0.count } >= max(count, 3)
            }
            await pubsub.close()
            return times.withLock { $0 }
        }
    }

    private static let taken = ScriptedShard.push("unsubscribe", "a")

    @Test("is asked again at once, then after rests that double")
    func confirmsAndTakes() async throws {
        let times = try await subscribes(5, ScriptedShard.push("subscribe", "a") + Self.taken)
        #expect(times.count >= 5)
        guard times.count >= 5 else { return }
        // Rests of 250, 500 and 1,000 ms. A busy machine makes each of them come later and none earlier.
        for (time, least) in zip(times[2...], [250, 750, 1750]) { #expect(time >= .milliseconds(least)) }
    }

    @Test("is not asked while it owes an answer")
    func onlyTakes() async throws {
        #expect(try await subscribes(2, Self.taken).count == 2)
    }
}
