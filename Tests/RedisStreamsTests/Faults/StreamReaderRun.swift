import RedisStreams
import RedisTesting
import Testing

/// Publishers of streams, a reader of them, and the account at the end: what a stream has is what was read, in its
/// order, each once.
final class StreamReaderRun: Sendable {
    private struct State: Sendable {
        /// Which streams were told to have lost entries.
        var rewound: Set<RedisBytes> = []
        /// What was read of each stream, in order.
        var read: [RedisBytes: [RedisStreamID]] = [:]
        var others: [String] = []
        var appendedCount = 0
    }

    let streams: [RedisBytes]
    private let state = Locked(State())

    init(_ streams: [RedisBytes]) { self.streams = streams }

    var readCount: Int { state.withLock { $0.read.values.reduce(0) { $0 + $1.count } } }
    var appendedCount: Int { state.withLock { $0.appendedCount } }
    var others: [String] { state.withLock { $0.others } }

    /// Appends to all streams until the task is cancelled.
    func append(on client: RedisClient) async {
        var number = 0
        while !Task.isCancelled {
            number += 1
            do throws(RedisError) {
                try await client.xadd(streams[number % streams.count], ["n": "\(number)"])
                state.withLock { $0.appendedCount += 1 }
            } catch {
                // A server that is away is not asked as fast as it refuses.
                if error.code != .cancelled { try? await Task.sleep(for: .milliseconds(2)) }
            }
        }
    }

    /// Reads until the task is cancelled or the reader ends. With `isSlow` it is slow.
    func read(_ reader: StreamReader, isSlow: Bool = false) async throws {
        for try await event in reader.events {
            switch event {
            case .entry(let entry):
                state.withLock { $0.read[entry.stream, default: []].append(entry.id) }
                if isSlow, readCount.isMultiple(of: 64) { try? await Task.sleep(for: .milliseconds(5)) }
            case .refused: break
            case .rewound(let rewind):
                state.withLock { state in
                    state.rewound.insert(rewind.stream)
                    state.others.append("\(event)")
                }
            case .deleted(let stream):
                // A replica that takes over may have got nothing yet.
                state.withLock { state in
                    state.rewound.insert(stream)
                    state.others.append("\(event)")
                }
            case .gap, .failed: state.withLock { $0.others.append("\(event)") }
            }
        }
    }

    /// Waits until all that the streams have was read, and compares. Where the reader was told of a loss, it may have
    /// read what the stream has no more. Returns what is wrong.
    func complaints(_ client: RedisClient) async throws -> [String] {
        var complaints: [String] = []
        for stream in streams {
            var ids: [RedisStreamID] = []
            var start = RedisStreamBound.first
            while true {
                let entries = try await client.xrange(stream, from: start, count: 1000)
                ids += entries.map(\.id)
                guard entries.count == 1000, let last = entries.last else { break }
                start = .excluding(last.id)
            }
            let count = ids.count
            let all = Set(ids)
            _ = try await eventually(within: .seconds(20)) {
                self.state.withLock { all.isSubset(of: $0.read[stream] ?? []) }
            }
            let (found, isRewound) = state.withLock { ($0.read[stream] ?? [], $0.rewound.contains(stream)) }
            let read = isRewound ? found.filter(all.contains) : found
            if read != ids {
                let place = zip(read, ids).enumerated().first { $1.0 != $1.1 }
                let words = "other from \(String(describing: place)) on"
                complaints.append("\(stream): read \(read.count) of \(count), \(words)")
            }
            if Set(read).count != read.count { complaints.append("\(stream): read twice") }
        }
        return complaints
    }
}
