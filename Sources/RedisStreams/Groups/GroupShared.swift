internal import RedisEvents
internal import RedisPOSIX
internal import RedisReactor

/// What all parts of a group share. Any thread may call.
final class GroupShared: Sendable {
    private struct State: Sendable {
        /// How many handlers each run calls at a time.
        var runs: [Int: Int] = [:]
        var lastRun = 0
        /// Whether somebody reads the events otherwise than by a run.
        var isRead = false
        var observers: [Int: @Sendable (ObjectIdentifier) -> Void] = [:]
    }

    let mailbox: Mailbox<StreamGroup.Event>
    private let prefetch: Int
    private let state = Locked(State())

    init(prefetch: Int) {
        self.prefetch = prefetch
        mailbox = Mailbox(limit: RedisBufferLimit(), rule: .pauseReading)
    }

    /// How many entries may be unended.
    var limit: Int {
        state.withLock { state in
            state.runs.values.reduce(state.isRead ? prefetch : 0) { $0.addingReportingOverflow($1).partialValue }
        }
    }

    /// Notes that somebody reads the events. Returns whether that is new.
    func isRead() -> Bool {
        state.withLock { state in
            defer { state.isRead = true }
            return !state.isRead
        }
    }

    /// Notes that a run begins, which is told of entries that are lost. Returns its number.
    func runBegins(_ concurrency: Int, _ observer: @escaping @Sendable (ObjectIdentifier) -> Void) -> Int {
        state.withLock { state in
            state.lastRun += 1
            state.runs[state.lastRun] = concurrency
            state.observers[state.lastRun] = observer
            return state.lastRun
        }
    }

    func runEnds(_ run: Int) {
        state.withLock { state in
            state.runs[run] = nil
            state.observers[run] = nil
        }
    }

    /// Tells the runs that somebody else may have an entry.
    func lost(_ entry: HeldEntry) {
        for observer in state.withLock({ Array($0.observers.values) }) { observer(ObjectIdentifier(entry)) }
    }
}
