import RedisEvents
import RedisReactor

/// What came out of a `PubSub` or a `Monitor`, as far as an account of numbered messages needs it, in order.
final class Ledger: Sendable {
    /// One thing that came out.
    enum Entry: Hashable, Sendable {
        /// A number of a stream of numbers.
        case number(String, Int)
        case gap
        case drop(Int)
    }

    private struct State {
        var entries: [Entry] = []
        var last: [String: Int] = [:]
        /// The streams of which a number came after the last gap.
        var sinceGap: Set<String> = []
        /// How long the reader is to be slow from its next entry on.
        var slowness: Duration?
    }

    private let state = Locked(State())

    var entries: [Entry] { state.withLock { $0.entries } }

    func add(_ entry: Entry) {
        state.withLock { state in
            state.entries.append(entry)
            switch entry {
            case .number(let stream, let number):
                state.last[stream] = number
                state.sinceGap.insert(stream)
            case .gap: state.sinceGap = []
            case .drop: break
            }
        }
    }

    /// Whether a stream has brought that number, or a gap is the last that came of it.
    func isSettled(_ stream: String, _ number: Int) -> Bool {
        state.withLock { $0.last[stream] ?? 0 >= number || !$0.sinceGap.contains(stream) }
    }

    /// The number that a stream brought last; 0 before the first.
    func last(_ stream: String) -> Int { state.withLock { $0.last[stream] ?? 0 } }

    /// Makes the reader slow once.
    func slowDown(_ duration: Duration) { state.withLock { $0.slowness = duration } }

    /// For the reader: is slow, if it was told to be.
    func beSlow() async throws {
        let duration = state.withLock { state in
            defer { state.slowness = nil }
            return state.slowness
        }
        if let duration { try await Task.sleep(for: duration) }
    }
}
