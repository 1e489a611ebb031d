internal import RedisReactor

/// Lets the connects of one object begin as `ConnectLimiter` decides. Safe from any thread.
package final class ConnectGate: Sendable {
    private struct State {
        var limiter: ConnectLimiter
        var waiting: [ConnectLimiter.Ticket: @Sendable () -> Void] = [:]
        /// The number of the last step.
        var version = 0
    }

    /// One connect. It waits, or is in progress, until `end` is called or this is released.
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

        /// Whether the connect was admitted.
        package var isAdmitted: Bool { hasBegun.withLock { $0 } }

        fileprivate func admit() { hasBegun.withLock { $0 = true } }

        /// Notes that the connect has ended, or is not wanted any more. Idempotent.
        package func end() { gate.leave(ticket, loop) }
    }

    private let state: Locked<State>
    /// Calls `step` when the limit of a second allows the next connect.
    private let timer = DeadlineCall()

    package init(_ limits: RedisConnectLimits) { state = Locked(State(limiter: ConnectLimiter(limits))) }

    /// Asks for a connect on `loop`. `admitted` is called once when the connect may begin, unless it has ended by then:
    /// on the loop, after this call has returned.
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
        let ended = state.withLock { state in
            state.limiter.leave(ticket)
            return state.waiting.removeValue(forKey: ticket)
        }
        // Releasing the closure may run code of its own.
        _ = consume ended
        step(loop)
    }

    private func step(_ loop: RedisEventLoop) {
        let (begins, next, version) = state.withLock { state in
            let (tickets, next) = state.limiter.step(now: .now)
            state.version += 1
            return (tickets.compactMap { state.waiting.removeValue(forKey: $0) }, next, state.version)
        }
        timer.schedule(next, version: version, on: loop) { [weak self] in self?.step(loop) }
        for begin in begins { begin() }
    }
}

extension RedisConfiguration {
    /// A copy for all links of one object, which then share their `connectLimits`.
    package var sharingConnects: RedisConfiguration {
        var configuration = self
        if configuration.connectGate == nil { configuration.connectGate = ConnectGate(connectLimits) }
        return configuration
    }
}

/// Decides which connects of one object may begin.
package struct ConnectLimiter: Sendable {
    /// Identifies one connect, from its request to its end.
    package typealias Ticket = Int

    private static let second = Duration.seconds(1)

    private let limits: RedisConnectLimits
    private var lastTicket = 0
    /// The waiting connects, in the order in which they came.
    private var urgent: [Ticket] = []
    private var others: [Ticket] = []
    private var underWay: Set<Ticket> = []
    /// When the connects of the last second began, the oldest first.
    private var begun: [ContinuousClock.Instant] = []

    package init(_ limits: RedisConnectLimits) { self.limits = limits }

    /// Adds a connect. An urgent one begins before all that are not urgent.
    package mutating func enter(isUrgent: Bool) -> Ticket {
        lastTicket += 1
        if isUrgent { urgent.append(lastTicket) } else { others.append(lastTicket) }
        return lastTicket
    }

    /// Removes a connect that has ended or is not wanted any more. Idempotent.
    package mutating func leave(_ ticket: Ticket) {
        guard underWay.remove(ticket) == nil else { return }
        urgent.removeAll { $0 == ticket }
        others.removeAll { $0 == ticket }
    }

    /// Returns which connects begin at `now`, and when to call this again; `nil` when that is not before a connect
    /// ends.
    package mutating func step(now: ContinuousClock.Instant) -> (begin: [Ticket], next: ContinuousClock.Instant?) {
        begun.removeAll { $0.duration(to: now) >= Self.second }
        var tickets: [Ticket] = []
        while underWay.count < limits.underWay, begun.count < limits.perSecond {
            guard let ticket = urgent.popFirst() ?? others.popFirst() else { break }
            begun.append(now)
            underWay.insert(ticket)
            tickets.append(ticket)
        }
        let isFull = underWay.count >= limits.underWay || urgent.isEmpty && others.isEmpty
        return (tickets, isFull ? nil : begun.first?.advanced(by: Self.second))
    }

    /// The number of waiting connects.
    package var waitingCount: Int { urgent.count + others.count }
}

extension Array {
    /// Removes the first element and returns it.
    fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
