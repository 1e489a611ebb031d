import RedisCore
import RedisTesting
import TestSupport
import Testing

/// What happens to servers of which one may replace another.
enum DeploymentFault: Sendable {
    /// Both ends of all links are cut.
    case cut
    case kill
    /// The primary stands still, for less than the others need to notice.
    case pause(Duration)
    /// The primary is killed, and comes back with what it had.
    case restart
    /// A replica becomes the primary.
    case failOver
    /// The slot moves to another primary.
    case move

    static func list(_ count: Int, seed: UInt64, of servers: some FaultyServers) -> [DeploymentFault] {
        var random = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let length = Duration.milliseconds(random.number(in: 20...250))
            switch random.number(in: 0...9) {
            case 0, 1, 2: return .cut
            case 3, 4: return .kill
            case 5, 6: return .pause(length)
            case 7: return servers.hasSlots ? .move : .cut
            case 8: return .restart
            default: return servers.hasReplicas ? .failOver : .restart
            }
        }
    }
}

/// Servers whose parts a test lets fail, one after the other.
protocol FaultyServers: Sendable {
    var url: String { get }
    var hasSlots: Bool { get }
    var hasReplicas: Bool { get }
    /// Sends a command to each server.
    func command(_ words: String...) throws
    func pause() throws
    func resume() throws
    /// Kills the primary and starts it again.
    func restart() throws
    func failOver() throws
    func move() throws
    func waitUntilReady() throws
}

extension FaultyServers {
    func bring(_ fault: DeploymentFault, cutting cut: () async -> Void) async throws {
        switch fault {
        case .cut: await cut()
        case .kill:
            try command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            try command("CLIENT", "KILL", "TYPE", "pubsub")
        case .pause(let length):
            try pause()
            // Time passes in which nothing is to happen.
            _ = try await eventually(within: length) { false }
            try resume()
        case .restart: try restart()
        case .failOver: try failOver()
        case .move: try move()
        }
        try waitUntilReady()
    }
}

/// A server alone.
struct SingleServer: FaultyServers {
    let server: RedisServer
    let hasSlots = false
    let hasReplicas = false

    var url: String { server.url }
    func command(_ words: String...) throws { _ = try server.command(words.map { Array($0.utf8) }) }
    func pause() throws { try server.pause() }
    func resume() throws { try server.resume() }

    func restart() throws {
        server.kill()
        try server.restartBlocking()
    }

    func failOver() throws {}
    func move() throws {}
    func waitUntilReady() throws {}
}

/// A primary that Sentinels watch, with its replicas. One that becomes the primary may not have all.
struct WatchedServers: FaultyServers {
    let group: RedisSentinelGroup
    let hasSlots = false
    let hasReplicas = true
    private let paused = Locked<RedisServer?>(nil)

    init(group: RedisSentinelGroup) { self.group = group }

    var url: String { group.url }

    func command(_ words: String...) throws {
        for server in group.servers { _ = try server.command(words.map { Array($0.utf8) }) }
    }

    func pause() throws {
        let primary = try group.primary()
        paused.withLock { $0 = primary }
        try primary.pause()
    }

    func resume() throws { try paused.withLock { $0.take() }?.resume() }

    func restart() throws {
        let primary = try group.killPrimary()
        try primary.restartBlocking()
    }

    func failOver() throws { try group.failOver() }
    func move() throws {}
    func waitUntilReady() throws { try group.waitUntilReady() }
}

/// A cluster. What happens, happens to the primary of the slot of one key.
struct FaultyCluster: FaultyServers {
    let cluster: RedisCluster
    let key: RedisBytes
    let hasSlots = true
    let hasReplicas = true
    private let paused = Locked<RedisClusterNode?>(nil)

    init(cluster: RedisCluster, key: RedisBytes) {
        self.cluster = cluster
        self.key = key
    }

    var url: String { cluster.url }
    private var slot: Int { HashSlot.slot(of: key) }

    func command(_ words: String...) throws {
        for node in cluster.nodes { _ = try node.server.command(words.map { Array($0.utf8) }) }
    }

    func pause() throws {
        let primary = try cluster.primary(ofSlot: slot)
        paused.withLock { $0 = primary }
        try cluster.pause(primary)
    }

    func resume() throws {
        if let node = paused.withLock({ $0.take() }) { try cluster.resume(node) }
    }

    func restart() throws {
        let primary = try cluster.primary(ofSlot: slot)
        cluster.kill(primary)
        try cluster.restart(primary)
    }

    func failOver() throws {
        let primary = try cluster.primary(ofSlot: slot)
        guard let replica = try cluster.replicas(of: primary).first else { return }
        try cluster.failOver(to: replica)
    }

    func move() throws {
        let owner = try cluster.primary(ofSlot: slot)
        guard let target = try cluster.primaries().first(where: { $0 != owner }) else { return }
        try cluster.moveSlot(slot, to: target)
    }

    func waitUntilReady() throws { try cluster.waitUntilReady() }
}
