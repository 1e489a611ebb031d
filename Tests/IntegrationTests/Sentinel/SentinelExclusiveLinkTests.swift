import RedisCommands
import RedisCore
import RedisTesting
import TestSupport
import Testing

/// A link of one caller has what the server knows of it: its database, what it watches. When Sentinels name another
/// primary, that is gone, and nothing goes on over a new connection as if nothing had happened.
@Suite("An exclusive link, when Sentinels name another primary", .tags(.cluster, .once), .timeLimit(.minutes(1)))
struct SentinelExclusiveLinkTests {
    /// `change` makes the other server the primary, and returns when the shared link of the client is there.
    private func withGroup(
        _ body: (_ new: RedisServer, RedisClient, _ change: () async throws -> Void) async throws -> Void
    ) async throws {
        try await withRedisServer { old in
            try await withRedisServer { new in
                try await withFakeSentinels(2, old.endpoint) { sentinels in
                    let client = try RedisClient(configuration(sentinels.map(\.endpoint)))
                    try await client.send(["PING"])
                    try await body(new, client) {
                        // The shared link and the exclusive one are told.
                        #expect(try await eventually { sentinels.allSatisfy { $0.subscriberCount == 2 } })
                        for sentinel in sentinels { sentinel.change { ($0.primary, $0.epoch) = (new.endpoint, 2) } }
                        sentinels[0].publish("shop 127.0.0.1 \(old.port) 127.0.0.1 \(new.port)")
                        let isThere = try await eventually {
                            // It may be on the wire while the shared link is relocated.
                            let reply = try? await client.send(["INFO", "server"])
                            return reply?.text?.contains("tcp_port:\(new.port)") == true
                        }
                        #expect(isThere)
                        let isLeft = try await eventually {
                            try !old.command("CLIENT", "LIST").contains("lib-name=redis-events")
                        }
                        #expect(isLeft)
                    }
                    await client.close()
                }
            }
        }
    }

    @Test("ends, and with it the database that was selected")
    func database() async throws {
        try await withGroup { new, client, change in
            try await client.withLink { link in
                try await link.send(["SELECT", 1])
                try await change()
                let error = await failure { try await link.send(["SET", "k", "of 1"]) }
                #expect(error?.code == .connectionLost)
                #expect(error?.execution == .notExecuted)
            }
            #expect(try new.command("DBSIZE") == "0")
            // The next one is another.
            try await client.withLink { link in try await link.send(["SET", "k", "of 0"]) }
            #expect(try new.command("GET", "k") == "of 0")
        }
    }

    @Test("ends, and with it what it watched: the transaction is a conflict, and begins again")
    func watched() async throws {
        try await withGroup { new, client, change in
            let calls = Locked(0)
            try await client.transaction(watching: ["stock"]) { transaction in
                let stock = try await transaction.send(["GET", "stock"]).text ?? "0"
                let isFirst = calls.withLock { count in
                    count += 1
                    return count == 1
                }
                if isFirst {
                    try await change()
                    try new.command("SET", "stock", "41")
                }
                _ = try await transaction.commit { $0.append(["SET", "stock", "\((Int(stock) ?? 0) + 1)"]) }
            }
            #expect(calls.withLock { $0 } == 2)
            #expect(try new.command("GET", "stock") == "42")
        }
    }
}
