import RedisCore
import RedisPOSIX
import RedisReactor

/// What the sending thread of a replay and the loop tell each other. Any thread may call; one thread waits.
final class ReplayBoard: Sendable {
    /// How a wait ended.
    enum Waited: Sendable, Equatable {
        case over
        case tooLong
        /// The replay is to end.
        case ending
    }

    private struct State: Sendable {
        var progress = ReplayProgress()
        var counts = ReplayCounts()
        var figures = ReplayFigures()
        /// The signal by which the replay ends.
        var signal: Int32?
        var wait: ReplayProgress.Wait?
        /// Why the replay cannot go on.
        var failure: RedisError?
        var isStopping = false
        /// Whether what comes does not count any more, because the connections are being closed.
        var isClosed = false
        /// The numbers of our connections at the server, as far as they are known.
        var numbers: [Int: Int] = [:]
    }

    private let state = Locked(State())
    private let parker = Parker()

    /// What was sent and what came of it.
    var progress: ReplayProgress { state.withLock { $0.progress } }

    /// Whether a wait would be over.
    func isOver(_ wait: ReplayProgress.Wait) -> Bool { state.withLock { $0.progress.isOver(wait) } }

    /// Whether nothing waits for a reply.
    var isSettled: Bool { state.withLock { $0.progress.isSettled } }

    /// What was found in the recording.
    var counts: ReplayCounts { state.withLock { $0.counts } }

    /// The figures of connections and times.
    var figures: ReplayFigures { state.withLock { $0.figures } }

    /// Notes how far the replay has come.
    func note(_ counts: ReplayCounts, _ figures: ReplayFigures) {
        state.withLock { state in
            state.counts = counts
            state.figures = figures
        }
    }

    /// Ends the counting.
    func close() { state.withLock { $0.isClosed = true } }

    /// The signal by which the replay ends.
    var signal: Int32? { state.withLock { $0.signal } }

    /// Why the replay could not go on.
    var failure: RedisError? { state.withLock { $0.failure } }

    /// Whether the replay is to end.
    var isEnding: Bool { state.withLock { $0.isStopping || $0.failure != nil } }

    /// Ends the replay, because of an error or of a signal.
    func stop(_ failure: RedisError? = nil, signal: Int32? = nil) {
        state.withLock { state in
            state.isStopping = true
            state.failure = state.failure ?? failure
            state.signal = state.signal ?? signal
        }
        parker.unpark()
    }

    /// Notes that a unit is sent.
    func sent(_ unit: ReplayUnit, ticket: Int, over connection: Int, late: Duration?) {
        state.withLock { $0.progress.sent(unit, ticket: ticket, over: connection, late: late) }
    }

    /// Notes what came of a unit.
    func settled(
        _ ticket: Int,
        over connection: Int,
        answered: Int,
        errors: [(kind: String, words: String)],
        after time: Duration
    ) {
        let mustWake = state.withLock { state in
            if state.isClosed { return false }
            state.progress.settled(ticket, over: connection, answered: answered, errors: errors, after: time)
            guard let wait = state.wait, state.progress.isOver(wait) else { return false }
            state.wait = nil
            return true
        }
        if mustWake { parker.unpark() }
    }

    /// Waits until something has come.
    ///
    /// - Parameters:
    ///   - wait: What is waited for.
    ///   - deadline: When the wait ends without it.
    ///   - isLast: Whether the wait goes on although the replay is to end.
    /// - Returns: How it ended.
    func wait(
        for wait: ReplayProgress.Wait,
        until deadline: ContinuousClock.Instant,
        isLast: Bool = false
    ) -> Waited {
        while true {
            let outcome = state.withLock { state -> Waited? in
                if state.progress.isOver(wait) { return .over }
                if !isLast, state.isStopping || state.failure != nil { return .ending }
                state.wait = wait
                return nil
            }
            if let outcome { return outcome }
            if !parker.park(until: deadline), ContinuousClock.now >= deadline {
                state.withLock { $0.wait = nil }
                return .tooLong
            }
        }
    }

    /// Sleeps until a time. Returns `false` when the replay is to end.
    func sleep(until time: ContinuousClock.Instant) -> Bool {
        while !isEnding {
            guard ContinuousClock.now < time else { return true }
            parker.park(until: time)
        }
        return false
    }

    // MARK: Blocking commands

    /// Notes the number of a connection at the server; `nil` when it is a new one.
    func set(number: Int?, of connection: Int) { state.withLock { $0.numbers[connection] = number } }

    /// The connections over which a blocking command holds up others, with their numbers.
    func blocked() -> [(connection: Int, number: Int?)] {
        state.withLock { state in state.progress.blocked().map { ($0, state.numbers[$0]) } }
    }

    /// Notes that a blocking command was ended.
    func unblocked() { state.withLock { $0.progress.unblocked() } }
}
