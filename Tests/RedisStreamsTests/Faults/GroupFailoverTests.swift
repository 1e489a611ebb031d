import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("Groups and queues when another server takes over", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct GroupFailoverTests {
    private final class Numbers: Sendable {
        private let numbers = Locked<[Int]>([])

        var all: [Int] { numbers.withLock { $0 } }

        func add(_ number: Int) { numbers.withLock { $0.append(number) } }
    }

    /// Puts until there are so many, though some of it fails meanwhile. Returns those that were put for sure.
    private func put(_ queue: RedisQueue, _ range: Range<Int>) async -> [Int] {
        var put: [Int] = []
        for number in range where (try? await queue.put("\(number)", timeout: .seconds(20))) != nil {
            put.append(number)
        }
        return put
    }

    @Test("lose nothing in a cluster, while a slot moves and after a failover that the servers agree on")
    func cluster() async throws {
        try await withRedisCluster { cluster in
            let client = try RedisClient(try RedisConfiguration(url: cluster.url))
            var options = RedisQueueOptions()
            options.visibility = .seconds(2)
            options.priorities = 2
            options.capacity = 100
            let queue = try RedisQueue("{shop}mail", on: client, options: options)
            let other = try StreamGroup(["a", "b", "c"], group: "g", on: client)
            let handled = Numbers()
            let read = Numbers()
            let run = Task { try await queue.run(concurrency: 4) { handled.add(Int($0.text ?? "") ?? -1) } }
            let running = Task {
                try await other.run(concurrency: 3) { read.add($0["n"]?.text.flatMap { Int($0) } ?? -1) }
            }
            var all = await put(queue, 0..<50)
            let slot = HashSlot.slot(of: queue.name)
            let owner = try cluster.primary(ofSlot: slot)
            let target = try #require(try cluster.primaries().first { $0 != owner })
            try cluster.moveSlot(slot, to: target)
            all += await put(queue, 50..<100)
            try await queue.put("100", delayedBy: .milliseconds(200), priority: 1)
            let replica = try #require(try cluster.replicas(of: target).first)
            try cluster.failOver(to: replica)
            all += await put(queue, 101..<150)
            for number in 0..<60 {
                try await client.xadd(["a", "b", "c"][number % 3] as RedisBytes, ["n": "\(number)"])
            }
            #expect(all.count == 149)
            #expect(try await eventually(within: .seconds(30)) { Set(handled.all) == Set(all + [100]) })
            #expect(try await eventually(within: .seconds(30)) { Set(read.all) == Set(0..<60) })
            #expect(try await eventually { try await queue.statistics().depth == 0 })
            #expect(await queue.drain(within: .seconds(5)))
            #expect(await other.drain(within: .seconds(5)))
            try await run.joined
            try await running.joined
            await client.close()
        }
    }

    @Test("go on with the replica that takes over for a primary that was killed")
    func sentinel() async throws {
        try await withRedisSentinels { group in
            let client = try RedisClient(RedisConfiguration(url: group.url))
            var options = RedisQueueOptions()
            options.visibility = .seconds(2)
            let queue = try RedisQueue("mail", on: client, options: options)
            let handled = Numbers()
            let mayGoOn = Locked(false)
            let run = Task {
                try await queue.run(concurrency: 4) { message in
                    while !mayGoOn.withLock({ $0 }), !Task.isCancelled { await Task.yield() }
                    try Task.checkCancellation()
                    handled.add(Int(message.text ?? "") ?? -1)
                }
            }
            let all = await put(queue, 0..<100)
            #expect(all.count == 100)
            let replicas = try group.replicas()
            #expect(
                try await eventually {
                    try replicas.allSatisfy { try $0.command("XLEN", "mail") == "100" }
                }
            )
            try group.primary().kill()
            mayGoOn.withLock { $0 = true }
            #expect(try await eventually(within: .seconds(60)) { Set(handled.all) == Set(all) })
            let more = await put(queue, 100..<120)
            #expect(try await eventually(within: .seconds(30)) { Set(handled.all).isSuperset(of: more) })
            #expect(try await eventually { try await queue.statistics().depth == 0 })
            run.cancel()
            try await run.joined
            await queue.close()
            await client.close()
        }
    }
}
