import RedisCommands
import RedisTesting
import TestSupport
import Testing

@Suite("A client that tasks share, against a real server", .tags(.server), .timeLimit(.minutes(2)))
struct SharedLinkTests {
    @Test("sends nothing that would mix up, hold up or end what the others do")
    func refused() async throws {
        try await withRedisServer { server in
            let client = try RedisClient(server.configuration())
            let commands: [RedisCommand] = [
                ["MULTI"], ["WATCH", "k"], ["SELECT", "1"], ["SUBSCRIBE", "a"], ["MONITOR"],
                ["CLIENT", "REPLY", "OFF"], ["RESET"], ["QUIT"],
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask {
                        let key = RedisBytes("key \(index)")
                        for command in commands {
                            let error = await #expect(throws: RedisError.self) { try await client.send(command) }
                            #expect(error?.code == .invalidCommand)
                            let written = try await client.send(["SET", key, key])
                            #expect(written.text == "OK")
                            let read = try await client.send(["GET", key])
                            #expect(read.bytes == key)
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try server.command("DBSIZE") == "20")
            #expect(try await client.send(["CLIENT", "GETNAME"]) == .null)
            await client.close()
        }
    }
}
