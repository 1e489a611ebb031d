import RedisStreams
import RedisTesting
import Testing

/// Publishers of a durable channel, and a reader of it, and the account at the end: what the stream has is what was
/// read, in its order, each once, and each publish is there once or not at all, as its outcome says.
final class DurableRun: Sendable {
    private struct State: Sendable {
        /// What was read, in order.
        var read: [String] = []
        var gaps: [String] = []
        var rewinds: [DurableSubscription.Rewind] = []
        /// What was published for sure, and what may have been.
        var published: Set<String> = []
        var unknown: Set<String> = []
    }

    let channel: RedisBytes
    private let state = Locked(State())

    init(channel: RedisBytes = "orders") { self.channel = channel }

    var readCount: Int { state.withLock { $0.read.count } }
    var rewinds: [DurableSubscription.Rewind] { state.withLock { $0.rewinds } }
    var gaps: [String] { state.withLock { $0.gaps } }
    var read: [String] { state.withLock { $0.read } }
    var publishedCount: Int { state.withLock { $0.published.count } }

    /// Publishes numbers until the task is cancelled.
    func publish(on client: RedisClient, _ name: String) async throws {
        let channel = try DurableChannel(channel, on: client, keeping: .everything)
        var number = 0
        while !Task.isCancelled {
            let payload = "\(name)-\(number)"
            number += 1
            do throws(RedisError) {
                try await channel.publish(payload)
                state.withLock { _ = $0.published.insert(payload) }
            } catch {
                if error.execution != .notExecuted { state.withLock { _ = $0.unknown.insert(payload) } }
                // A server that is away is not asked as fast as it refuses.
                if error.code != .cancelled { try? await Task.sleep(for: .milliseconds(2)) }
            }
        }
    }

    /// Reads until the task is cancelled or the subscription ends. With `delay` it is slow.
    func read(_ reader: DurableSubscription, isSlow: Bool = false) async throws {
        for try await event in reader.events {
            switch event {
            case .message(let message), .replayed(let message):
                state.withLock { $0.read.append(message.text ?? "?") }
                if isSlow, readCount.isMultiple(of: 64) { try? await Task.sleep(for: .milliseconds(5)) }
            case .gap(let gap): state.withLock { $0.gaps.append("\(gap)") }
            case .rewound(let rewind): state.withLock { $0.rewinds.append(rewind) }
            case .foreign(let item): Issue.record("\(item)")
            case .failed(let error): Issue.record("\(error)")
            case .link, .refused: break
            }
        }
    }

    /// Waits until all that the stream has was read, and compares. Where the reader was told of a loss, it may have read
    /// what the stream has no more. Returns what is wrong.
    func complaints(_ client: RedisClient) async throws -> [String] {
        var stream: [String] = []
        var start = RedisStreamBound.first
        while true {
            let entries = try await client.xrange(channel, from: start, count: 1000)
            stream += entries.map { $0["p"]?.text ?? "?" }
            guard entries.count == 1000, let last = entries.last else { break }
            start = .excluding(last.id)
        }
        let all = Set(stream)
        _ = try await eventually(within: .seconds(20)) { all.isSubset(of: self.read) }
        let state = state.withLock { $0 }
        var complaints: [String] = []
        if state.rewinds.isEmpty, state.read != stream {
            let place = zip(state.read, stream).enumerated().first { $1.0 != $1.1 }
            complaints.append("read \(state.read.count) of \(stream.count), other from \(String(describing: place)) on")
        }
        if Set(state.read).count != state.read.count { complaints.append("read twice") }
        if Set(stream).count != stream.count { complaints.append("published twice") }
        let there = Set(stream)
        if state.rewinds.isEmpty {
            let missing = state.published.subtracting(there)
            if !missing.isEmpty {
                complaints.append("\(missing.count) were published and are not there: \(missing.prefix(3))")
            }
        }
        let strange = there.subtracting(state.published).subtracting(state.unknown)
        if !strange.isEmpty {
            complaints.append("\(strange.count) are there and were not published: \(strange.prefix(3))")
        }
        if !there.isSubset(of: state.read) { complaints.append("not all was read") }
        // Behind a loss, entries that were delivered may be told as missing.
        if state.rewinds.isEmpty { complaints += state.gaps }
        return complaints
    }
}
