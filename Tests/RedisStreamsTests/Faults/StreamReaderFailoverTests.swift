import RedisCore
import RedisStreams
import RedisTesting
import TestSupport
import Testing

@Suite("Stream readers when another server takes over", .tags(.cluster, .once), .serialized, .timeLimit(.minutes(3)))
struct StreamReaderFailoverTests {
    @Test("go on in a cluster, with one link a slot, while a slot moves and after a failover")
    func cluster() async throws {
        try await withRedisCluster { cluster in
            let client = try RedisClient(try RedisConfiguration(url: cluster.url))
            let reading = try RedisClient(try RedisConfiguration(url: cluster.url))
            let run = StreamReaderRun(["{shop}a", "{shop}b", "other", "third"])
            let reader = try StreamReader(
                of: Dictionary(uniqueKeysWithValues: run.streams.map { ($0, .beginning) }),
                on: reading
            )
            try await reader.start()
            let task = Task { try await run.read(reader) }
            let appending = Task { await run.append(on: client) }
            try await goesOn(run)
            let slot = HashSlot.slot(of: run.streams[0])
            let owner = try cluster.primary(ofSlot: slot)
            let other = try #require(try cluster.primaries().first { $0 != owner })
            try cluster.moveSlot(slot, to: other)
            try await goesOn(run)
            let replica = try #require(try cluster.replicas(of: other).first)
            try cluster.failOver(to: replica)
            try await goesOn(run)
            appending.cancel()
            await appending.joined
            #expect(try await run.complaints(client) == [])
            #expect(run.others == [])
            #expect(reading.poolStatistics.highestLent <= 3)
            await reader.close()
            try await task.joined
            for client in [client, reading] { await client.close() }
        }
    }

    @Test("tell how many entries a replica had not got that takes over, and bring what comes then")
    func sentinel() async throws {
        try await withRedisSentinels { group in
            let client = try RedisClient(RedisConfiguration(url: group.url))
            let reader = try StreamReader(of: "s", on: client)
            try await reader.start()
            for number in 0..<20 { try await client.xadd("s", ["n": "\(number)"]) }
            let primary = try group.primary()
            let replicas = try group.replicas()
            #expect(
                try await eventually { try replicas.allSatisfy { try $0.command("XLEN", "s") == "20" } }
            )
            // No replica gets what comes from now on.
            for replica in replicas { try replica.pause() }
            _ = try primary.command("CLIENT", "KILL", "TYPE", "slave")
            for number in 20..<25 { try await client.xadd("s", ["n": "\(number)"]) }
            var read: [String] = []
            while read.count < 25 {
                if let entry = try await reader.next(timeout: .seconds(20)).event?.entry {
                    read.append(entry["n"]?.text ?? "")
                }
            }
            primary.kill()
            for replica in replicas { try replica.resume() }
            var rewind: StreamReader.Rewind?
            var isAppended = false
            while rewind == nil || read.last != "new" {
                if !isAppended { isAppended = (try? await client.xadd("s", ["n": "new"])) != nil }
                let limit = isAppended ? Duration.seconds(60) : .milliseconds(10)
                guard let event = try await reader.next(timeout: limit).event else {
                    if isAppended { break }
                    continue
                }
                switch event {
                case .rewound(let record): rewind = record
                case .entry(let entry): read.append(entry["n"]?.text ?? "")
                case .gap, .deleted, .failed: Issue.record("\(event)")
                case .refused: break
                }
            }
            #expect(rewind?.lost == 5)
            #expect(rewind?.to?.number == 20)
            #expect(read == (0..<25).map { "\($0)" } + ["new"])
            await reader.close()
            await client.close()
        }
    }

    private func goesOn(_ run: StreamReaderRun) async throws {
        let mark = run.readCount
        let goesOn = try await eventually(within: .seconds(60)) { run.readCount > mark + 100 }
        try #require(goesOn, "\(run.others)")
    }
}
