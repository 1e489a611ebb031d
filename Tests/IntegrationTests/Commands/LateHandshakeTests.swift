import RedisCommands
import RedisCore
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("A handshake that is late", .tags(.server), .timeLimit(.minutes(1)))
struct LateHandshakeTests {
    @Test("ends its connection at once, so that the link is not made ready by an answer that comes then")
    func lateAnswer() async throws {
        let isAsked = Locked(false)
        let mayAnswer = Locked(false)
        let hasAnswered = Locked(false)
        let lateCommands = Locked(0)
        try await withScriptedServer(timeout: .seconds(20)) { connection in
            guard connection.index == 0 else {
                _ = try connection.answerHandshake()
                _ = try connection.waitForClose()
                return
            }
            _ = try connection.readCommand()
            try connection.send("%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$5\r\nproto\r\n:3\r\n")
            for _ in 0..<3 { _ = try connection.readCommand() }
            isAsked.withLock { $0 = true }
            _ = eventuallyBlocking(within: .seconds(20)) { mayAnswer.withLock { $0 } }
            try? connection.send("+OK\r\n+OK\r\n-NOPERM no\r\n")
            hasAnswered.withLock { $0 = true }
            // A link that has become ready sends what has waited for it.
            guard (try? connection.readCommand()) != nil else { return }
            lateCommands.withLock { $0 += 1 }
            try? connection.send("+PONG\r\n")
            _ = try? connection.waitForClose()
        } client: { url in
            var configuration = try RedisConfiguration(url: url)
            configuration.handshakeTimeout = .seconds(2)
            configuration.commands.timeout = .seconds(20)
            let loop = try RedisEventLoop()
            let client = try RedisClient(configuration, loop: loop)
            let sent = Task { try await client.ping() }
            #expect(try await eventually { isAsked.withLock { $0 } })
            // In a turn of its own each: the timer of the handshake fires; its task is told, by way of the pool; the
            // task ends in the turn in which the answer arrives.
            loop.execute {
                let late = ContinuousClock.now.advanced(by: .milliseconds(2050))
                _ = eventuallyBlocking { ContinuousClock.now > late }
                loop.execute {
                    for _ in 0..<100 {
                        let hasRun = Locked(false)
                        Task.detached { hasRun.withLock { $0 = true } }
                        _ = eventuallyBlocking { hasRun.withLock { $0 } }
                    }
                    loop.execute {
                        mayAnswer.withLock { $0 = true }
                        _ = eventuallyBlocking { hasAnswered.withLock { $0 } }
                    }
                }
            }
            switch await sent.joinedResult {
            // On a busy machine the answer may come before the task was told.
            case .success(let reply): #expect(reply == "PONG")
            case .failure(let error):
                #expect((error as? RedisError)?.code == .handshakeTimedOut)
                #expect(lateCommands.withLock { $0 } == 0)
            }
            await client.close()
            await loop.shutdown()
        }
    }
}
