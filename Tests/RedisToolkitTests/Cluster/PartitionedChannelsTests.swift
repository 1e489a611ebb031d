import RedisCore
import RedisTesting
import RedisToolkit
import TestSupport
import Testing

@Suite("Partitioned channels", .tags(.cluster), .timeLimit(.minutes(3)))
struct PartitionedChannelsTests {
    @Test("bring the messages of each key in order, over all nodes of a cluster, also while a slot moves")
    func cluster() async throws {
        try await withRedisCluster { cluster in
            let configuration = try RedisConfiguration(url: cluster.url)
            let client = try RedisClient(configuration)
            let prices = try PartitionedChannels("prices", count: 128)
            // Two workers share the partitions.
            let workers = [try PubSub(configuration), try PubSub(configuration)]
            let seen = Locked<[String: [Int]]>([:])
            var listeners: [RedisListenerThread] = []
            for (index, worker) in workers.enumerated() {
                let own = prices.partitions(ofWorker: index, among: workers.count)
                let results = try await prices.subscribe(
                    to: own,
                    on: worker,
                    handler: .calling { message in
                        let partition = prices.partition(ofChannel: message.channel)
                        let words = (message.text ?? "").split(separator: " ")
                        guard words.count == 2, let number = Int(words[1]) else { return }
                        #expect(partition == prices.partition(of: words[0]) && own.contains(partition ?? -1))
                        seen.withLock { $0[String(words[0]), default: []].append(number) }
                    }
                )
                #expect(results.count == 64 && results.allSatisfy { $0.error == nil })
                listeners.append(try worker.runInThread())
            }
            let owners = Set(try prices.channels.map { try cluster.primary(ofSlot: HashSlot.slot(of: $0)).port })
            #expect(owners.count == (try cluster.primaries().count))
            func publish(_ numbers: Range<Int>, _ keys: [String]) async throws {
                for number in numbers {
                    for key in keys { try await prices.publish("\(key) \(number)", of: key, on: client) }
                }
            }
            let keys = (0..<40).map { "key\($0)" }
            try await publish(0..<10, keys)
            #expect(try await eventually { seen.withLock { seen in keys.allSatisfy { seen[$0] == Array(0..<10) } } })
            // The partition of a key moves to another node.
            let slot = HashSlot.slot(of: prices.channel(of: keys[0]))
            let owner = try cluster.primary(ofSlot: slot)
            let other = try #require(try cluster.primaries().first { $0 != owner })
            try cluster.moveSlot(slot, to: other)
            // What is published before the link to the other node is there, nobody gets.
            #expect(
                try await eventually(within: .seconds(30)) {
                    try await prices.publish("\(keys[0]) 10", of: keys[0], on: client) > 0
                }
            )
            seen.withLock { $0 = [:] }
            try await publish(11..<21, keys)
            #expect(
                try await eventually {
                    seen.withLock { seen in
                        keys.allSatisfy { seen[$0]?.filter { $0 > 10 } == Array(11..<21) }
                    }
                }
            )
            #expect(try await prices.unsubscribe(from: 0..<64, on: workers[0]).count == 64)
            for worker in workers { await worker.close() }
            for listener in listeners { listener.stop() }
            await client.close()
        }
    }

    @Test("are channels on a single server")
    func single() async throws {
        try await withRedisServer { server in
            let configuration = try RedisConfiguration(url: server.url)
            let client = try RedisClient(configuration)
            let pubsub = try PubSub(configuration)
            let prices = try PartitionedChannels("prices", count: 16)
            #expect(try await prices.subscribe(to: 3..<3, on: pubsub).isEmpty)
            await #expect(throws: RedisError.self) { try await prices.subscribe(to: 3..<17, on: pubsub) }
            #expect(try await prices.subscribe(on: pubsub).count == 16)
            for number in 0..<100 { #expect(try await prices.publish("\(number)", of: "k\(number)", on: client) == 1) }
            var read: [String] = []
            while read.count < 100 {
                guard let message = try await pubsub.next(timeout: .seconds(20)).message else { continue }
                read.append(message.text ?? "")
            }
            #expect(read == (0..<100).map { "\($0)" })
            await pubsub.close()
            await client.close()
        }
    }
}
