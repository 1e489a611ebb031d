import RedisStreams
import RedisTesting
import Testing

/// Publishers of a durable channel, and a reader of it, and the account at the end: what the stream has is what was
/// read, in its order, each once, and each publish is there once or not at all, as its outcome says.
final class DurableRun: Sendable {
    private struct Item: Hashable, CustomStringConvertible {
        let id: RedisStreamID
        let text: String

        var description: String { "\(id) \(text)" }
    }

    private struct State: Sendable {
        /// What was read, in order.
        var read: [Item] = []
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
                let item = Item(id: message.position.id, text: message.text ?? "?")
                state.withLock { $0.read.append(item) }
                if isSlow, readCount.isMultiple(of: 64) { try? await Task.sleep(for: .milliseconds(5)) }
            case .gap(let gap): state.withLock { $0.gaps.append("\(gap)") }
            case .rewound(let rewind): state.withLock { $0.rewinds.append(rewind) }
            case .foreign(let item): Issue.record("\(item)")
            case .failed(let error): Issue.record("\(error)")
            case .link, .refused: break
            }
        }
    }

    /// Waits until all that the stream has was read, and compares. Where the reader was told of a loss, it may have
    /// read what the stream has no more: whoever published that may have published it again. Returns what is wrong.
    func complaints(_ client: RedisClient) async throws -> [String] {
        var stream: [Item] = []
        var start = RedisStreamBound.first
        while true {
            let entries = try await client.xrange(channel, from: start, count: 1000)
            stream += entries.map { Item(id: $0.id, text: $0["p"]?.text ?? "?") }
            guard entries.count == 1000, let last = entries.last else { break }
            start = .excluding(last.id)
        }
        let all = Set(stream)
        _ = try await eventually(within: .seconds(20)) { self.state.withLock { all.isSubset(of: $0.read) } }
        let state = state.withLock { $0 }
        var complaints: [String] = []
        let read = state.rewinds.isEmpty ? state.read : state.read.filter(all.contains)
        if read != stream {
            let place = zip(read, stream).enumerated().first { $1.0 != $1.1 }
            complaints.append("read \(read.count) of \(stream.count), other from \(String(describing: place)) on")
        }
        complaints += Self.repeated(read).map { "read twice: \($0)" }
        complaints += Self.repeated(stream.map(\.text)).map { "published twice: \($0)" }
        let there = Set(stream.map(\.text))
        if state.rewinds.isEmpty {
            let missing = state.published.subtracting(there)
            if !missing.isEmpty {
                complaints.append("\(missing.count) were published and are not there: \(missing.prefix(3))")
            }
            // Behind a loss, what was delivered may be told as missing.
            complaints += state.gaps
        }
        let strange = there.subtracting(state.published).subtracting(state.unknown)
        if !strange.isEmpty {
            complaints.append("\(strange.count) are there and were not published: \(strange.prefix(3))")
        }
        let unread = all.subtracting(read)
        if !unread.isEmpty { complaints.append("\(unread.count) were not read: \(unread.prefix(3))") }
        return complaints
    }

    /// The first few of those that are there more than once.
    private static func repeated<Element: Hashable>(_ all: [Element]) -> [Element] {
        var seen: Set<Element> = []
        return Array(all.filter { !seen.insert($0).inserted }.prefix(3))
    }
}
