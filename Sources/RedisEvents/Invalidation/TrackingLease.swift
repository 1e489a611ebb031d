internal import Synchronization

/// When all links of an `Invalidations` were last heard. What a cache holds may be used for a certain time after that,
/// and no longer: a link may be up and mute, and a process may have been stopped.
///
/// A link was heard at a moment when everything that its server had sent by then has been read and handed to the sink.
/// Any thread may ask.
package final class TrackingLease: Sendable {
    private struct State: Sendable {
        var heard: [Int: Int64] = [:]
        var lastLink = 0
    }

    private let state = Locked(State())
    private let oldest = Atomic(Int64.min)

    /// How often a link is noted at most, in nanoseconds.
    private static let precision: Int64 = 10_000_000

    package init() {}

    /// When the link that was silent for the longest time was heard, by `SteadyClock`; the least number when one was
    /// not heard yet, and when there is no link.
    package var heardAt: Int64 { oldest.load(ordering: .acquiring) }

    /// Adds a link, which was not heard yet. Returns its number.
    package func addLink() -> Int {
        change { state in
            state.lastLink += 1
            state.heard[state.lastLink] = .min
            return state.lastLink
        }
    }

    /// Notes that a link was heard. Called on the loop.
    package func heard(_ link: Int, at moment: Int64) {
        change { state in
            guard let last = state.heard[link], last < moment - Self.precision else { return }
            state.heard[link] = moment
        }
    }

    /// Notes that a link is not part of the watch any more.
    package func removeLink(_ link: Int) { change { $0.heard[link] = nil } }

    private func change<Value>(_ body: (inout State) -> Value) -> Value {
        state.withLock { state in
            let value = body(&state)
            oldest.store(state.heard.values.min() ?? .min, ordering: .releasing)
            return value
        }
    }
}
