import RedisCore
import RedisReactor
import RedisTesting
import RwatchKit
import TestSupport
import Testing

@Suite("Questions to a server for rwatch top", .tags(.server), .timeLimit(.minutes(1)))
struct ServerQuestionsTests {
    /// How many connections the server has beside the one that asks.
    private func others(_ server: RedisServer) throws -> Int {
        try server.command("CLIENT", "LIST").split(separator: "\n").count - 1
    }

    @Test("open no link while they are paused, whoever asks meanwhile, and one again afterwards")
    func paused() async throws {
        try await withRedisServer { server in
            let questions = try ServerQuestions(server.configuration(), on: .shared)
            for _ in 1...5 {
                _ = try await questions.ask()
                #expect(try others(server) == 1)
                // Some of them come before the pause, some while it closes the link, and some behind it.
                await withTaskGroup { group in
                    for number in 0..<30 {
                        group.addTask {
                            if number == 10 { return await questions.pause() }
                            do throws(RedisError) { _ = try await questions.ask() } catch {
                                #expect(error.code == .closed)
                            }
                        }
                    }
                }
                #expect(try await eventually { try others(server) == 0 })
                let error = await #expect(throws: RedisError.self) { try await questions.ask() }
                #expect(error?.code == .closed)
                #expect(try others(server) == 0)
                await questions.resume()
            }
            await questions.close()
        }
    }
}
