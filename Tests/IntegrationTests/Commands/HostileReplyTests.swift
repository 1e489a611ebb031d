import RedisCommands
import RedisTesting
import TestSupport
import Testing

@Suite("Commands against servers that reply anything", .tags(.server, .slow), .timeLimit(.minutes(2)))
struct HostileReplyTests {
    static let replies = [
        "+OK\r\n", "+QUEUED\r\n", ":1\r\n", ":-9223372036854775808\r\n", "$-1\r\n", "$0\r\n\r\n", "*-1\r\n", "*0\r\n",
        "*1\r\n*0\r\n",
        "*2\r\n$1\r\n1\r\n*0\r\n", "*3\r\n+OK\r\n+OK\r\n+OK\r\n", "*2\r\n-ERR a\r\n-ERR b\r\n",
        "%1\r\n+a\r\n:1\r\n", "~1\r\n:1\r\n", "_\r\n", "#t\r\n", ",nan\r\n", "(123456789012345678901234567890\r\n",
        "=5\r\ntxt:a\r\n", "-\r\n", "-ERR no\r\n", "-MOVED 1 127.0.0.1:1\r\n", "-ASK 1 127.0.0.1:1\r\n",
        "-NOSCRIPT no\r\n",
        "-EXECABORT no\r\n", "!5\r\nERR a\r\n",
    ]

    /// What the client is asked for.
    enum Question: CaseIterable, Sendable {
        case block, batch, tally, commit, script, scan, blocking, compare
    }

    @Test("end with typed errors or with the reply", arguments: replies, Question.allCases)
    func typed(_ reply: String, _ question: Question) async throws {
        // A scan of a server that always has a next page has no end.
        if question == .scan, reply.hasPrefix("*2\r\n$1\r\n1") { return }
        try await withScriptedServer { connection in
            do {
                _ = try connection.answerHandshake(protocolVersion: 3)
                while true {
                    try connection.send(reply)
                    _ = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            var configuration = try scripted(url)
            configuration.commands.timeout = .milliseconds(200)
            let client = try RedisClient(configuration)
            var batch = RedisBatch()
            batch.append(["SET", "a", "b"])
            batch.append(["INCR", "c"])
            do {
                switch question {
                case .block: #expect(try await client.atomically(batch).count == 2)
                case .batch: #expect(try await client.send(batch).count == 2)
                case .tally:
                    let tally = try await client.send(discardingReplies: batch)
                    #expect(tally.successCount + tally.errorCount == 2)
                case .commit:
                    try await client.transaction(watching: ["k"], attempts: 2) { [batch] transaction in
                        let results = try await transaction.commit(batch)
                        #expect(results.count == 2)
                    }
                case .script: _ = try await client.run(RedisScript("return 1"), keys: ["k"])
                case .scan:
                    var count = 0
                    for try await _ in client.scan() {
                        count += 1
                        if count > 10 { break }
                    }
                case .blocking: _ = try await client.send(["BLPOP", "k", 0], timeout: .milliseconds(200))
                case .compare: _ = try await client.compareAndSet("k", "a", "b")
                }
            } catch is RedisError {
                // Any error of this type will do.
            }
            await client.close()
        }
    }

    @Test(
        "block all the same where the server tells no number of its links",
        arguments: ["+OK\r\n", "-NOPERM no\r\n", "*0\r\n"]
    )
    func clientID(_ reply: String) async throws {
        let commands = Locked<[String]>([])
        try await withScriptedServer { connection in
            do {
                var command = try connection.answerHandshake(protocolVersion: 2)
                while true {
                    let words = command.map { String(decoding: $0, as: UTF8.self) }
                    commands.withLock { $0.append(words.prefix(2).joined(separator: " ")) }
                    try connection.send(words[0] == "CLIENT" ? reply : "*2\r\n$1\r\nk\r\n$1\r\nv\r\n")
                    command = try connection.readCommand()
                }
            } catch let error as RedisTestingError where error.code == .connectionClosed {
                // The client has gone.
            }
        } client: { url in
            let client = try RedisClient(scripted(url))
            #expect(try await client.send(["BLPOP", "k", 0]).elements?.count == 2)
            #expect(commands.withLock { $0 } == ["CLIENT ID", "BLPOP k"])
            await client.close()
        }
    }
}
