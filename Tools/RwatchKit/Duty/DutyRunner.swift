import RedisCore
import RedisEvents
import RedisReactor

/// Has a monitor leave MONITOR after its part of each second, and return for the next one.
final class DutyRunner: Sendable {
    private struct State {
        /// When the current turn began; `nil` between turns, and while the link is lost.
        var turn: ContinuousClock.Instant?
        /// How long MONITOR was on before.
        var monitored = Duration.zero
        var next: ScheduledCall?
        /// Leaves MONITOR and returns; `nil` before the watch stands.
        var pauses: MonitorPauses?
        var isResting = false
        var hasEnded = false
    }

    private let cycle: DutyCycle
    private let loop: RedisEventLoop
    private let start = ContinuousClock.now
    private let state = Locked(State())

    init(_ cycle: DutyCycle, on loop: RedisEventLoop) {
        self.cycle = cycle
        self.loop = loop
    }

    /// Begins the first turn of a monitor that stands.
    func begin(_ pauses: MonitorPauses) {
        state.withLock { $0.pauses = pauses }
        linkIsUp()
    }

    /// How long MONITOR was on.
    var monitored: Duration {
        state.withLock { $0.monitored + ($0.turn.map { $0.duration(to: .now) } ?? .zero) }
    }

    /// Begins a turn: commands come from now on.
    func linkIsUp() {
        state.withLock { state in
            guard !state.hasEnded, state.turn == nil, state.pauses != nil else { return }
            state.turn = .now
            state.isResting = false
            state.next = ScheduledCall(after: cycle.turn, on: loop) { self.leave() }
        }
    }

    /// Ends a turn for another reason.
    func linkIsDown() {
        state.withLock { state in
            guard !state.isResting else { return }
            Self.endTurn(&state)
            state.next.take()?.cancel()
        }
    }

    /// Ends all turns.
    func end() {
        state.withLock { state in
            Self.endTurn(&state)
            state.hasEnded = true
            state.next.take()?.cancel()
        }
    }

    private static func endTurn(_ state: inout State) {
        if let turn = state.turn.take() { state.monitored += turn.duration(to: .now) }
    }

    private func leave() {
        let pauses = state.withLock { state -> MonitorPauses? in
            guard !state.hasEnded, state.turn != nil else { return nil }
            Self.endTurn(&state)
            state.isResting = true
            return state.pauses
        }
        guard let pauses else { return }
        Task {
            await pauses.pause(for: .duty(cycle))
            let now = ContinuousClock.now
            let rest = now.duration(to: cycle.next(after: now, since: start))
            state.withLock { state in
                guard !state.hasEnded else { return }
                state.next = ScheduledCall(after: rest, on: loop) {
                    Task { await pauses.resume(after: .duty(self.cycle)) }
                }
            }
        }
    }
}
