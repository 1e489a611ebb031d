internal import RedisReactor

/// Lets the connects of one object begin as `ConnectLimiter` says. Safe from any thread.
package final class ConnectGate: Sendable {
    private struct State {
        var limiter: ConnectLimiter
        var waiting: [ConnectLimiter.Ticket: @Sendable () -> Void] = [:]
        /// The number of the last step.
        var version = 0
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
    /// Takes the next step when the limit of a second allows it.
    private let timer = DeadlineCall()

    package init(_ limits: RedisConnectLimits) { state = Locked(State(limiter: ConnectLimiter(limits))) }

    /// Asks for a connect on `loop`. `admitted` is called when it may begin, once, unless it has ended by then: on the
    /// loop, later than this returns.
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
        // What it holds on to may end with it.
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
    /// The same for all links of one object, which then share their `connectLimits`.
    package var sharingConnects: RedisConfiguration {
        var configuration = self
        if configuration.connectGate == nil { configuration.connectGate = ConnectGate(connectLimits) }
        return configuration
    }
}

/// Decides which connect may begin, among all of one object.
package struct ConnectLimiter: Sendable {
    /// Stands for one connect, from when it is wanted to its end.
    package typealias Ticket = Int

    private static let second = Duration.seconds(1)

    private let limits: RedisConnectLimits
    private var lastTicket = 0
    /// In the order in which they came.
    private var urgent: [Ticket] = []
    private var others: [Ticket] = []
    private var underWay: Set<Ticket> = []
    /// When the connects of the last second began, the oldest first.
    private var begun: [ContinuousClock.Instant] = []

    package init(_ limits: RedisConnectLimits) { self.limits = limits }

    /// Somebody wants to connect. One that is urgent begins before all that are not.
    package mutating func enter(isUrgent: Bool) -> Ticket {
        lastTicket += 1
        if isUrgent { urgent.append(lastTicket) } else { others.append(lastTicket) }
        return lastTicket
    }

    /// The connect has ended, or is not wanted any more. Idempotent.
    package mutating func leave(_ ticket: Ticket) {
        guard underWay.remove(ticket) == nil else { return }
        urgent.removeAll { $0 == ticket }
        others.removeAll { $0 == ticket }
    }

    /// Which connects begin at `now`, and when to come again; `nil` when that is not before one ends.
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

    /// How many wait.
    package var waitingCount: Int { urgent.count + others.count }
}

extension Array {
    /// Removes the first element and returns it.
    fileprivate mutating func popFirst() -> Element? { isEmpty ? nil : removeFirst() }
}
