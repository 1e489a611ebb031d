import RedisCommands
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// The account of commands on a cluster, whose slots move meanwhile.
@Suite(
    "Every command of a cluster is accounted for",
    .tags(.cluster, .once, .timing),
    .serialized,
    .timeLimit(.minutes(20))
)
struct ClusterCommandAccountingTests {
    private enum ClusterFault {
        /// The client cuts its own links.
        case cut
        /// A node closes all connections of clients.
        case kill(Int)
        /// A node does nothing, for a shorter time than the others have patience.
        case pause(Int, Duration)
        /// A slot with keys moves to another node.
        case move(Int, Int)

        static func list(_ count: Int, seed: UInt64, slots: Int) -> [ClusterFault] {
            var random = SeededGenerator(seed: seed)
            return (0..<count).map { _ in
                let node = random.number(in: 0...2)
                let slot = random.number(in: 0...(slots - 1))
                let length = Duration.milliseconds(random.number(in: 10...100))
                switch random.number(in: 0...9) {
                case 0, 1: return .cut
                case 2, 3: return .kill(node)
                case 4: return .pause(node, length)
                default: return .move(slot, node)
                }
            }
        }
    }

    @Test("while slots move", arguments: [RedisRetryPolicy.Limit.never, .lastWriteWins])
    func cluster(_ limit: RedisRetryPolicy.Limit) async throws {
        let seed = AccountingRun.seed
        let count = AccountingRun.faultCount(8)
        print("accounting of commands of a cluster, \(limit): \(count) faults, REDIS_EVENTS_SEED=\(seed)")
        try await withRedisCluster { cluster in
            let slots = [10, 4000, 6000, 9000, 11_000, 16_000]
            var configuration = cluster.seed()
            configuration.commands.timeout = .seconds(2)
            configuration.commands.retry.limit = limit
            let client = try RedisClient(configuration, loop: RedisEventLoop())
            let account = CommandAccount()
            let tags = slots.map { "{\(cluster.name(inSlot: $0, prefix: "tag-"))}" }
            let load = NumberedLoad(client: client, account: account, tags: tags)
            let primaries = try cluster.primaries()
            var past: [String] = []
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<4 { group.addTask { await load.run(seed &+ UInt64(task)) } }
                for fault in ClusterFault.list(count, seed: seed, slots: slots.count) {
                    past.append("\(fault)")
                    switch fault {
                    case .cut: await client.cut()
                    case .kill(let node):
                        try primaries[node].command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
                    case .pause(let node, let length):
                        try cluster.pause(primaries[node])
                        _ = try await eventually(within: length) { false }
                        try cluster.resume(primaries[node])
                    case .move(let slot, let node):
                        try await cluster.perform { try $0.moveSlot(slots[slot], to: primaries[node]) }
                    }
                    let mark = account.successCount
                    let goesOn = try await eventually(within: .seconds(30)) { account.successCount > mark + 20 }
                    try #require(goesOn, "seed \(seed): no command succeeds after \(past.suffix(5))")
                }
                group.cancelAll()
                try await group.waitForAll()
            }
            await client.close()
            let reader = try RedisClient(cluster.seed())
            let complaints = Array(try await account.complaints(reader).prefix(10))
            await reader.close()
            #expect(complaints == [], "seed \(seed), faults: \(past)")
            print("accounting of commands of a cluster, \(limit): \(account.summary)")
        }
    }
}
