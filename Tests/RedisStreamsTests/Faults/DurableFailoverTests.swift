import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("Durable channels when another server takes over", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct DurableFailoverTests {
    @Test("go on in a cluster by shard channels, while a slot moves and after a failover")
    func cluster() async throws {
        try await withRedisCluster { cluster in
            let client = try RedisClient(try RedisConfiguration(url: cluster.url))
            let run = DurableRun(channel: "{shop}orders")
            let reader = try DurableSubscription(to: [run.channel: .beginning, "other": .now], on: client)
            try await reader.start()
            let reading = Task { try await run.read(reader) }
            let publishing = Task { try await run.publish(on: client, "m") }
            try await goesOn(run)
            let slot = HashSlot.slot(of: run.channel)
            let owner = try cluster.primary(ofSlot: slot)
            let other = try #require(try cluster.primaries().first { $0 != owner })
            try cluster.moveSlot(slot, to: other)
            try await goesOn(run)
            let replica = try #require(try cluster.replicas(of: other).first)
            try cluster.failOver(to: replica)
            try await goesOn(run)
            publishing.cancel()
            try await publishing.joined
            #expect(try await run.complaints(client) == [])
            #expect(run.rewinds == [])
            #expect(try await client.pubsubShardChannels().contains(run.channel))
            let prefix = #expect(throws: RedisError.self) { try DurableSubscription(toPrefix: "x", on: client) }
            #expect(prefix?.code == .invalidConfiguration)
            await reader.close()
            try await reading.joined
            await client.close()
        }
    }

    @Test("tell how many messages a replica had not got that takes over, and bring what comes then")
    func sentinel() async throws {
        try await withRedisSentinels { group in
            let client = try RedisClient(RedisConfiguration(url: group.url))
            let orders = try DurableChannel("orders", on: client, keeping: .everything)
            let reader = try orders.subscription()
            try await reader.start()
            for number in 0..<20 { try await orders.publish("\(number)") }
            let primary = try group.primary()
            let replicas = try group.replicas()
            #expect(
                try await eventually {
                    try replicas.allSatisfy { try $0.command("XLEN", "orders") == "20" }
                }
            )
            // No replica gets what comes from now on.
            for replica in replicas { try replica.pause() }
            _ = try primary.command("CLIENT", "KILL", "TYPE", "slave")
            for number in 20..<25 { try await orders.publish("\(number)") }
            var read: [String] = []
            while read.count < 25 {
                if let message = try await reader.next(timeout: .seconds(20)).event?.message {
                    read.append(message.text ?? "")
                }
            }
            primary.kill()
            for replica in replicas { try replica.resume() }
            var rewind: DurableSubscription.Rewind?
            var isPublished = false
            while rewind == nil || read.last != "new" {
                if !isPublished { isPublished = (try? await orders.publish("new", timeout: .seconds(1))) != nil }
                guard let event = try await reader.next(timeout: isPublished ? .seconds(60) : .milliseconds(10)).event
                else {
                    if isPublished { break }
                    continue
                }
                switch event {
                case .rewound(let record): rewind = record
                case .message(let message), .replayed(let message): read.append(message.text ?? "")
                case .gap(let gap): Issue.record("\(gap)")
                case .foreign, .link, .refused, .failed: break
                }
            }
            #expect(rewind?.lost == 5)
            #expect(rewind?.to?.number == 20)
            #expect(read == (0..<25).map { "\($0)" } + ["new"])
            await reader.close()
            await client.close()
        }
    }

    private func goesOn(_ run: DurableRun) async throws {
        let mark = run.readCount
        let goesOn = try await eventually(within: .seconds(60)) { run.readCount > mark + 100 }
        try #require(goesOn)
    }
}
