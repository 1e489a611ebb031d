import RedisStreams
import RedisTesting
import Testing

/// Entries of a stream, handlers of them in a group, and the account at the end: each entry that the stream has was
/// handled, and nothing is pending.
final class GroupRun: Sendable {
    private struct State: Sendable {
        var handled: [RedisStreamID: Int] = [:]
        var appendedCount = 0
    }

    let stream: RedisBytes
    private let state = Locked(State())

    init(stream: RedisBytes) { self.stream = stream }

    var appendedCount: Int { state.withLock { $0.appendedCount } }
    var handledCount: Int { state.withLock { $0.handled.count } }
    /// How many were handled more than once.
    var repeatedCount: Int { state.withLock { $0.handled.values.count { $0 > 1 } } }

    /// Appends until the task is cancelled.
    func append(on client: RedisClient) async {
        while !Task.isCancelled {
            do throws(RedisError) {
                try await client.xadd(stream, ["n": "1"])
                state.withLock { $0.appendedCount += 1 }
            } catch {
                // A server that is away is not asked as fast as it refuses.
                if error.code != .cancelled { try? await Task.sleep(for: .milliseconds(2)) }
            }
        }
    }

    /// Handles entries until the task is cancelled or the group ends.
    func handle(_ group: StreamGroup) async throws {
        try await group.run(concurrency: 8) { delivery in
            self.state.withLock { $0.handled[delivery.id, default: 0] += 1 }
        }
    }

    /// Waits until all that the stream has was handled and acknowledged. Returns what is wrong.
    func complaints(_ client: RedisClient, group: RedisBytes) async throws -> [String] {
        var ids: Set<RedisStreamID> = []
        var start = RedisStreamBound.first
        while true {
            let entries = try await client.xrange(stream, from: start, count: 1000)
            ids.formUnion(entries.map(\.id))
            guard entries.count == 1000, let last = entries.last else { break }
            start = .excluding(last.id)
        }
        let all = ids
        let isHandled = try await eventually(within: .seconds(30)) {
            self.state.withLock { all.isSubset(of: $0.handled.keys) }
        }
        let isAcknowledged = try await eventually(within: .seconds(30)) {
            try await client.xpending(self.stream, group).count == 0
        }
        let missing = state.withLock { all.subtracting($0.handled.keys) }.sorted()
        return (isHandled ? [] : ["\(missing.count) of \(all.count) were not handled: \(missing.prefix(3))"])
            + (isAcknowledged ? [] : ["not all are acknowledged"])
    }
}
