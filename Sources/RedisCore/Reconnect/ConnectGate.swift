internal import RedisReactor

/// Lets the connects of one object begin as `ConnectLimiter` says. Safe from any thread.
package final class ConnectGate: Sendable {
    private struct State {
        var limiter: ConnectLimiter
        var waiting: [ConnectLimiter.Ticket: @Sendable () -> Void] = [:]
        var timer: (due: ContinuousClock.Instant, call: ScheduledCall)?
    }

    /// One connect: it waits, or is under way, for as long as this lives or until `end`.
    package final class Pass: Sendable {
        private let gate: ConnectGate
        private let ticket: ConnectLimiter.Ticket
        private let loop: RedisEventLoop
        private let hasBegun = Locked(false)

        fileprivate init(_ gate: ConnectGate, _ ticket: ConnectLimiter.Ticket, _ loop: RedisEventLoop) {
            self.gate = gate
            self.ticket = ticket
            self.loop = loop
        }

        deinit { end() }

        /// Whether the connect may begin.
        package var isAdmitted: Bool { hasBegun.withLock { $0 } }

        fileprivate func admit() { hasBegun.withLock { $0 = true } }

        /// The connect has ended, or is not wanted any more. Idempotent.
        package func end() { gate.leave(ticket, loop) }
    }

    private let state: Locked<State>

    package init(_ limits: RedisConnectLimits) { state = Locked(State(limiter: ConnectLimiter(limits))) }

    /// Asks for a connect on `loop`. `admitted` is called when it may begin, once, unless it has ended by then: on the loop, later
    /// than this returns.
    package func enter(isUrgent: Bool, on loop: RedisEventLoop, _ admitted: @escaping @Sendable () -> Void) -> Pass {
        let pass = state.withLock { state in
            let ticket = state.limiter.enter(isUrgent: isUrgent)
            let pass = Pass(self, ticket, loop)
            state.waiting[ticket] = { [weak pass] in
                guard let pass else { return }
                loop.execute {
                    pass.admit()
                    admitted()
                }
            }
            return pass
        }
        step(loop)
        return pass
    }

    private func leave(_ ticket: ConnectLimiter.Ticket, _ loop: RedisEventLoop) {
        state.withLock { state in
            state.waiting[ticket] = nil
            state.limiter.leave(ticket)
        }
        step(loop)
    }

    private func step(_ loop: RedisEventLoop) {
        let begins = state.withLock { state in
            let (tickets, next) = state.limiter.step(now: .now)
            if state.timer?.due != next {
                state.timer?.call.cancel()
                state.timer = next.map { due in
                    let pause = ContinuousClock.now.duration(to: due)
                    return (due, ScheduledCall(after: pause, on: loop) { [weak self] in self?.timerFired(loop) })
                }
            }
            return tickets.compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for begin in begins { begin() }
    }

    private func timerFired(_ loop: RedisEventLoop) {
        state.withLock { $0.timer = nil }
        step(loop)
    }
}

extension RedisConfiguration {
    /// The same for all links of one object, which then share their `connectLimits`.
    package var sharingConnects: RedisConfiguration {
        var configuration = self
        if configuration.connectGate == nil { configuration.connectGate = ConnectGate(connectLimits) }
        return configuration
    }
}
