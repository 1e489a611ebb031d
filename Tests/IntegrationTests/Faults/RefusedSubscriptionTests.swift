import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Error answers to SUBSCRIBE, PSUBSCRIBE and SSUBSCRIBE, also for one of many
/// names. Required: a result per name, and retries that are bounded.
///
/// Asserted elsewhere: NOPERM by a real server, name by name (`SubscriptionTests.refused`); BUSY, at first and when a
/// link is restored (`ReconnectTests.transientRefusal`, `busyRestore`). Redirections are refusals here, because this is
/// one server; a cluster's are followed elsewhere.
@Suite("Refused subscriptions", .tags(.server), .timeLimit(.minutes(2)))
struct RefusedSubscriptionTests {
    private static let families: [RedisSubscriptionKind] = [.channel, .pattern, .shardChannel]

    /// Refusals that stay, and the code that each comes to.
    private static let lasting: [(line: String, code: RedisError.Code)] = [
        ("NOPERM this user has no permissions to access one of the channels", .notPermitted),
        ("NOAUTH Authentication required.", .authenticationFailed),
        ("MOVED 866 127.0.0.1:7001", .serverError),
        ("ASK 866 127.0.0.1:7001", .serverError),
        ("CROSSSLOT Keys in request don't hash to the same slot", .serverError),
    ]

    /// Refusals that pass.
    private static let passing = [
        "LOADING Redis is loading the dataset in memory",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data",
        "CLUSTERDOWN The cluster is down", "TRYAGAIN Multiple keys request during rehashing of slot",
        "BUSY Redis is busy running a script.",
    ]

    private static func confirmation(_ command: [[UInt8]], _ index: Int) -> String {
        let kind = String(decoding: command[0], as: UTF8.self).lowercased()
        let name = String(decoding: command[index], as: UTF8.self)
        return ">3\r\n$\(kind.utf8.count)\r\n\(kind)\r\n$\(name.utf8.count)\r\n\(name)\r\n:\(index)\r\n"
    }

    /// A server that answers subscribe commands: with an error where `refusal` gives one, else by confirming each name.
    private static func serve(
        _ connection: ScriptedConnection,
        _ refusal: (_ names: [String]) -> String?
    ) throws {
        var command = try connection.answerHandshake(protocolVersion: 3)
        while true {
            let names = command.dropFirst().map { String(decoding: $0, as: UTF8.self) }
            if let line = refusal(names) {
                try connection.send("-\(line)\r\n")
            } else {
                try connection.send((1..<command.count).map { confirmation(command, $0) }.joined())
            }
            do throws(RedisTestingError) {
                command = try connection.readCommand()
            } catch {
                if error.code == .connectionClosed { return }
                throw error
            }
        }
    }

    @Test("that stay are told by name, and take no other name along", arguments: families)
    func lasting(_ kind: RedisSubscriptionKind) async throws {
        for (line, code) in Self.lasting {
            try await withScriptedServer { connection in
                try Self.serve(connection) { $0.contains("bad") ? line : nil }
            } client: { url in
                let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
                let results = try await pubsub.subscribe(kind, ["a", "b", "bad", "c", "d"])
                #expect(results.map { $0.error?.code } == [nil, nil, code, nil, nil])
                #expect(results[2].error?.serverMessage == line)
                #expect(try await pubsub.take(1) == ["refused bad \(code)"])
                let error = await #expect(throws: RedisError.self) { try await pubsub.subscribe(kind, ["bad"]) }
                #expect(error?.code == code)
                #expect(Set(await pubsub.states().map(\.name)) == ["a", "b", "c", "d"])
                await pubsub.close()
            }
        }
    }

    @Test("that pass are asked again, not too often, until all names are confirmed", arguments: families)
    func passing(_ kind: RedisSubscriptionKind) async throws {
        // All of them for one family: what differs between the families is the command.
        for line in Self.passing.prefix(kind == .channel ? Self.passing.count : 1) {
            let refused = Locked(0)
            let start = ContinuousClock.now
            try await withScriptedServer { connection in
                try Self.serve(connection) { names in
                    guard names.contains("b") else { return nil }
                    let count = refused.withLock { count in
                        count += 1
                        return count
                    }
                    return count <= 2 ? line : nil
                }
            } client: { url in
                let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
                let results = try await pubsub.subscribe(kind, ["a", "b", "c"])
                #expect(results.map(\.name) == ["a", "b", "c"])
                #expect(results.allSatisfy { $0.error == nil }, "\(line)")
                // A pause before each: no tight loop.
                #expect(start.duration(to: .now) >= .milliseconds(400))
                #expect(refused.withLock { $0 } <= 3)
                await pubsub.close()
            }
        }
    }

    @Test("of one of many names while a link is restored leave the others, and the gap ends", arguments: families)
    func restoring(_ kind: RedisSubscriptionKind) async throws {
        try await withScriptedServer { connection in
            let isFirst = connection.index == 0
            if isFirst {
                let command = try connection.answerHandshake(protocolVersion: 3)
                try connection.send((1..<command.count).map { Self.confirmation(command, $0) }.joined())
                return connection.reset()
            }
            try Self.serve(connection) { $0.contains("b") ? "NOPERM no" : nil }
        } client: { url in
            let pubsub = try PubSub(scripted(url), ignoreSubscribeMessages: true)
            try await pubsub.subscribe(kind, ["a", "b", "c"])
            #expect(
                try await pubsub.take(4, skipping: ["retrying"]) == [
                    "lost", "restored", "refused b notPermitted", "gap",
                ]
            )
            #expect(Set(await pubsub.states().map(\.name)) == ["a", "c"])
            await pubsub.close()
        }
    }
}
