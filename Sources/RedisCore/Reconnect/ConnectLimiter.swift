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
