import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import Testing

/// Sets a new key for each number from 1 on, at whichever of some nodes takes it, and notes which did.
final class ShardWriter: Sendable {
    /// A write that a node has confirmed.
    struct Write: Sendable {
        var node: RedisEndpoint
        var sent: RedisTimestamp
        var confirmed: RedisTimestamp
    }

    private struct State {
        var numbers = NumberAccount.Stream()
        var writes: [Int: Write] = [:]
    }

    /// What the keys begin with; a colon and the number follow. A hash tag keeps all of them in one slot.
    let prefix: String
    private let state = Locked(State())
    private let clients: [(node: RedisEndpoint, client: RedisClient)]
    private let task = Locked<Task<Void, Never>?>(nil)

    init(_ prefix: String, _ nodes: [RedisClusterNode]) throws {
        self.prefix = prefix
        clients = try nodes.map { ($0.server.endpoint, try RedisClient(RedisConfiguration(url: $0.url))) }
    }

    /// The numbers up to now, and those of which nobody knows whether they were written.
    var numbers: NumberAccount.Stream { state.withLock { $0.numbers } }

    var writes: [Int: Write] { state.withLock { $0.writes } }

    func start() { task.withLock { $0 = Task { await run() } } }

    /// Returns when nothing is written any more.
    func stop() async {
        let task = task.withLock { $0.take() }
        task?.cancel()
        await task?.joined
        for (_, client) in clients { await client.close() }
    }

    private func run() async {
        var turn = 0
        while !Task.isCancelled {
            let number = state.withLock { state in
                state.numbers.last += 1
                return state.numbers.last
            }
            if await !write(number, clients[turn % clients.count]) { turn += 1 }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Returns whether the node has it.
    private func write(_ number: Int, _ place: (node: RedisEndpoint, client: RedisClient)) async -> Bool {
        let sent = RedisTimestamp.now()
        do throws(RedisError) {
            _ = try await place.client.send(["SET", RedisBytes("\(prefix):\(number)"), "x"], timeout: .seconds(1))
            let write = Write(node: place.node, sent: sent, confirmed: .now())
            state.withLock { $0.writes[number] = write }
            return true
        } catch {
            state.withLock { _ = $0.numbers.uncertain.insert(number) }
            return false
        }
    }
}
