internal import RedisEvents
internal import RedisPOSIX
internal import RedisReactor

/// What all parts of a group share. Any thread may call.
final class GroupShared: Sendable {
    private struct State: Sendable {
        /// The handlers of each run.
        var runs: [Int: RunningHandlers] = [:]
        var lastRun = 0
        /// Whether somebody reads the events otherwise than by a run.
        var isRead = false
        /// Whether an entry has waited for them in vain, and none of them has read since.
        var hasLapsed = false
        /// Those that only watch.
        var watchers: [Int: AsyncStream<StreamGroup.Event>.Continuation] = [:]
        var lastWatcher = 0
        var atClose: (@Sendable () -> Void)?
        var isClosed = false
    }

    let mailbox: Mailbox<StreamGroup.Event>
    private let prefetch: Int
    private let state = Locked(State())
    /// Lets the readers of the streams ask for the limit.
    private let whenLimitChanged = Locked<(@Sendable () -> Void)?>(nil)

    init(prefetch: Int) {
        self.prefetch = prefetch
        mailbox = Mailbox(limit: RedisBufferLimit(), rule: .pauseReading)
    }

    /// How many entries may be unended.
    var limit: Int {
        let (own, runs) = state.withLock { state in
            (state.isRead && !state.hasLapsed ? prefetch : 0, Array(state.runs.values))
        }
        return runs.reduce(own) { $0.addingSaturating($1.entryLimit) }
    }

    func whenLimitChanges(_ body: @escaping @Sendable () -> Void) { whenLimitChanged.withLock { $0 = body } }

    /// The limit has changed.
    func limitChanged() { whenLimitChanged.withLock { $0 }?() }

    /// An entry was given back because nobody has read it. None is asked for until somebody reads, who comes upon what
    /// was given back in the mailbox.
    func lapsed() { state.withLock { $0.hasLapsed = true } }

    /// Somebody has come upon an entry that was given back meanwhile. While a run reads it may be that, and not those
    /// that read otherwise.
    func cameUponReturned() {
        let isNew = state.withLock { state in
            guard state.hasLapsed, state.runs.isEmpty else { return false }
            state.hasLapsed = false
            return true
        }
        if isNew { limitChanged() }
    }

    /// Notes that somebody reads the events. Returns whether that is new.
    func isRead() -> Bool {
        state.withLock { state in
            defer {
                state.isRead = true
                state.hasLapsed = false
            }
            return !state.isRead || state.hasLapsed
        }
    }

    /// Notes that a run begins. Returns its number.
    func runBegins(_ running: RunningHandlers) -> Int {
        state.withLock { state in
            state.lastRun += 1
            state.runs[state.lastRun] = running
            return state.lastRun
        }
    }

    func runEnds(_ run: Int) {
        state.withLock { state in
            state.runs[run] = nil
            // It may have taken out of the mailbox what another reader would have come upon.
            if state.runs.isEmpty { state.hasLapsed = false }
        }
    }

    /// Tells the runs that somebody else may have an entry.
    func lost(_ entry: HeldEntry) {
        for running in state.withLock({ Array($0.runs.values) }) { running.cancel(entry) }
    }

    // MARK: Watching

    /// What happens from now on, deliveries excepted.
    func watch() -> AsyncStream<StreamGroup.Event> {
        let (stream, continuation) = AsyncStream<StreamGroup.Event>.makeStream(bufferingPolicy: .bufferingNewest(1000))
        let number = state.withLock { state -> Int? in
            if state.isClosed { return nil }
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = continuation
            return state.lastWatcher
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
        }
        return stream
    }

    /// Tells those that only watch.
    func tellWatchers(_ event: StreamGroup.Event) {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.yield(event) }
    }

    /// Calls `body` when the group is closed.
    func whenClosed(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.atClose = body } }

    /// Notes that the group is closed.
    func closed() {
        let (watchers, body) = state.withLock { state in
            state.isClosed = true
            defer { state.watchers = [:] }
            return (Array(state.watchers.values), state.atClose.take())
        }
        for watcher in watchers { watcher.finish() }
        body?()
    }
}
