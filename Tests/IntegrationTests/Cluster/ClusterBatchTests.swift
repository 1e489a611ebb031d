import RedisCommands
import RedisCore
import RedisTesting
import TestSupport
import Testing

@Suite(
    "Batches, transactions and links on a cluster",
    .tags(.cluster, .once),
    .serialized,
    .timeLimit(.minutes(5))
)
struct ClusterBatchTests {
    /// Keys of slots of all nodes.
    private func names(_ cluster: RedisCluster, every step: Int) -> [RedisBytes] {
        stride(from: 0, to: RedisCluster.slotCount, by: step)
            .map { RedisBytes(cluster.name(inSlot: $0, prefix: "key-")) }
    }

    @Test("send each node its part of a batch in one write, and put the results in order")
    func batch() async throws {
        try await withClusterClient { cluster, client in
            let names = names(cluster, every: 41)
            // The first batch waits for the shape.
            var first = RedisBatch()
            for name in names { first.append(["SET", name, name]) }
            #expect(try await client.send(first).get().allSatisfy { $0 == .simpleString("OK") })
            var batch = RedisBatch()
            for (number, name) in names.enumerated() {
                batch.append(["APPEND", name, number])
                batch.append(["GET", name])
            }
            let results = try await client.send(batch)
            #expect(results.chunkCount == 3)
            for (number, name) in names.enumerated() {
                #expect(try results[2 * number + 1].get() == .bulkString(RedisBytes("\(name)\(number)")))
            }
            let tally = try await client.send(discardingReplies: batch)
            #expect(tally.successCount == 2 * names.count)
            #expect(tally.chunkCount == 3)
            for node in try cluster.primaries() {
                #expect(try node.command("INFO", "errorstats").contains("MOVED") == false)
            }
        }
    }

    @Test("have each command of a batch run once while slots move")
    func movingSlots() async throws {
        try await withClusterClient { cluster, client in
            let slots = [100, 5000, 10_000, 15_000]
            let names = slots.map { RedisBytes("{\(cluster.name(inSlot: $0))}") }
            let primaries = try cluster.primaries()
            let isOver = Locked(false)
            let sending = Task { () async throws -> Int in
                var rounds = 0
                while !isOver.withLock({ $0 }) {
                    var batch = RedisBatch()
                    for number in 0..<5 {
                        for name in names { batch.append(["INCR", RedisBytes("\(name)\(number)")]) }
                    }
                    let results = try await client.send(batch)
                    rounds += 1
                    for result in results { #expect(try result.get() == .integer(rounds)) }
                }
                return rounds
            }
            for round in 0..<(isSoak ? 40 : 5) {
                for (index, slot) in slots.enumerated() {
                    let target = primaries[(round + index) % 3]
                    try await cluster.perform { try $0.moveSlot(slot, to: target) }
                }
            }
            isOver.withLock { $0 = true }
            #expect(try await sending.joined > 0)
        }
    }

    @Test("put MGET, MSET, DEL, UNLINK, EXISTS and TOUCH together over slots")
    func split() async throws {
        try await withClusterClient { cluster, client in
            let names = names(cluster, every: 997)
            let pairs = names.enumerated().flatMap { number, name in [name, RedisBytes("\(number)")] }
            #expect(try await client.send(RedisCommand(["MSET"] + pairs)) == .simpleString("OK"))
            let values = try await client.send(RedisCommand(["MGET"] + names + ["none"] + names.reversed()))
            let numbers = Array(names.indices)
            #expect(values.elements?.map { $0.integer ?? -1 } == numbers + [-1] + numbers.reversed())
            #expect(try await client.send(RedisCommand(["EXISTS"] + names + names)) == .integer(2 * names.count))
            #expect(try await client.send(RedisCommand(["TOUCH", "none"] + names)) == .integer(names.count))
            #expect(try await client.send(RedisCommand(["DEL"] + names.prefix(4))) == .integer(4))
            #expect(try await client.send(RedisCommand(["UNLINK"] + names)) == .integer(names.count - 4))
            // In a batch as well.
            var batch = RedisBatch()
            batch.append(RedisCommand(["MSET"] + pairs))
            batch.append(RedisCommand(["EXISTS"] + names))
            let results = try await client.send(batch)
            #expect(try results[0].get() == .simpleString("OK"))
            #expect(try results[1].get().integer != nil)
            // Each part follows its slot.
            let target = try #require(try cluster.primaries().last)
            try await cluster.perform { try $0.moveSlot(0, to: target) }
            #expect(try await client.send(RedisCommand(["DEL"] + names)) == .integer(names.count))
        }
    }

    @Test("move a transaction as a whole with its slot, and refuse one of two slots")
    func blocks() async throws {
        try await withClusterClient { cluster, client in
            let slot = 77
            let tag = "{\(cluster.name(inSlot: slot))}"
            let keys = (0..<2).map { RedisBytes("\(tag)\($0)") }
            func increment(timeout: Duration = .seconds(10)) async throws -> [Int?] {
                var batch = RedisBatch()
                for key in keys { batch.append(["INCR", key]) }
                return try await client.atomically(batch, timeout: timeout).get().map(\.integer)
            }
            #expect(try await increment() == [1, 1])
            let refused = await failure {
                _ = try await client.atomically {
                    $0.append(["INCR", keys[0]])
                    $0.append(["INCR", RedisBytes(cluster.name(inSlot: slot + 1))])
                }
            }
            #expect(refused?.code == .invalidCommand)
            #expect(refused?.execution == .notExecuted)
            #expect(refused?.message.contains("command 1") == true)
            let source = try cluster.primary(ofSlot: slot)
            let target = try #require(try cluster.primaries().first { $0 != source })
            // MOVED.
            try await cluster.perform { try $0.moveSlot(slot, to: target) }
            #expect(try await increment() == [2, 2])
            // ASK: all keys are at the new node, and the slot is not.
            try await cluster.perform { cluster in
                try cluster.beginMove(slot, to: source)
                try cluster.moveKeys(slot, to: source)
            }
            #expect(try await increment() == [3, 3])
            // One key is here and one is there, so that no node can run it.
            try await cluster.perform { cluster in try cluster.finishMove(slot, to: source) }
            try await cluster.perform { cluster in try cluster.beginMove(slot, to: target) }
            try source.command("MIGRATE", "127.0.0.1", "\(target.port)", "\(keys[0])", "0", "5000")
            let late = await failure { _ = try await increment(timeout: .seconds(1)) }
            #expect(late?.execution == .notExecuted)
            let waiting = Task { try await increment() }
            try await cluster.perform { cluster in
                try cluster.moveKeys(slot, to: target)
                try cluster.finishMove(slot, to: target)
            }
            #expect(try await waiting.joined == [4, 4])
        }
    }

    @Test("block, lend links and watch at the node of the key, also after its move")
    func links() async throws {
        try await withClusterClient { cluster, client in
            let slot = 9000
            let name = cluster.name(inSlot: slot)
            let key = RedisBytes(name)
            let source = try cluster.primary(ofSlot: slot)
            let target = try #require(try cluster.primaries().first { $0 != source })
            for (round, node) in [source, target].enumerated() {
                if round == 1 { try await cluster.perform { try $0.moveSlot(slot, to: target) } }
                let popping = Task { try await client.send(["BLPOP", key, 0]) }
                #expect(try await eventually { try node.server.blockedCount() == 1 })
                try await client.send(["RPUSH", key, "x"])
                #expect(try await popping.joined == .array([.bulkString(key), .bulkString("x")]))
                let value = try await client.transaction(watching: [key]) { transaction in
                    try await transaction.send(["EXISTS", key])
                    return try await transaction.commit { $0.append(["SET", key, round]) }.get()
                }
                #expect(value == [.simpleString("OK")])
                let seen = try await client.withLink(for: key) { link in
                    #expect(link.node == node.endpoint)
                    return try await link.send(["GET", key])
                }
                #expect(seen == .bulkString(RedisBytes("\(round)")))
                try await client.send(["DEL", key])
            }
            // While it is blocked, the slot moves: the server ends the wait, and the command goes to the other node.
            let popping = Task { try await client.send(["BLPOP", key, 0]) }
            #expect(try await eventually { try target.server.blockedCount() == 1 })
            try await cluster.perform { try $0.moveSlot(slot, to: source) }
            #expect(try await eventually { try source.server.blockedCount() == 1 })
            try await client.send(["RPUSH", key, "y"])
            #expect(try await popping.joined == .array([.bulkString(key), .bulkString("y")]))
            let several = await failure { _ = try await client.send(["BLPOP", key, "other", 0]) }
            #expect(several?.code == .invalidCommand)
        }
    }

    @Test("scan the keys of all primaries")
    func scan() async throws {
        try await withClusterClient { cluster, client in
            let names = names(cluster, every: 101)
            for name in names { try await client.send(["SET", name, "x"]) }
            #expect(try await client.keyHolders().count == 3)
            var found: Set<RedisBytes> = []
            for try await key in client.scan(count: 7) { found.insert(key) }
            #expect(found == Set(names))
        }
    }

    @Test("end the wait of a batch with its task, wherever its commands are")
    func cancelled() async throws {
        try await withClusterClient { cluster, client in
            let names = names(cluster, every: 401)
            for name in names { try await client.send(["SET", name, 0]) }
            // A slot that is moving has one key here and one there, so that a command with both waits in the client.
            let moving = RedisBytes(cluster.name(inSlot: 12))
            let pair = [RedisBytes("{\(moving)}1"), RedisBytes("{\(moving)}2")]
            for key in pair { try await client.send(["SET", key, 0]) }
            let source = try cluster.primary(ofSlot: 12)
            let target = try #require(try cluster.primaries().first { $0 != source })
            try await cluster.perform { try $0.beginMove(12, to: target) }
            try source.command("MIGRATE", "127.0.0.1", "\(target.port)", "\(pair[0])", "0", "5000")
            // The others wait for nodes that write nothing.
            for node in try cluster.primaries() { try node.command("CLIENT", "PAUSE", "60000", "WRITE") }
            var batch = RedisBatch()
            batch.append(RedisCommand(["MGET"] + pair))
            for name in names { batch.append(["INCR", name]) }
            let sending = Task { [batch] in try await client.send(batch, timeout: nil) }
            // The first one was refused, and would be sent again.
            #expect(try await eventually { await client.statistics.commands == names.count })
            sending.cancel()
            let results = try await sending.joined
            for node in try cluster.primaries() { try node.command("CLIENT", "UNPAUSE") }
            for (index, result) in results.enumerated() {
                let error = #expect(throws: RedisError.self) { try result.get() }
                #expect(error?.code == .cancelled, "\(index): \(error.map { "\($0)" } ?? "")")
                #expect(error?.execution == (index == 0 ? .notExecuted : .unknown))
            }
        }
    }
}
