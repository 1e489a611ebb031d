/// When a server is asked for its clients: a plain value.
///
/// Making the list costs a server about a microsecond for each client, in which it does nothing else. So it is asked
/// once a second at most, and more rarely the more clients it has and the longer it takes.
package struct ClientListPace: Sendable {
    /// The shortest time between two questions.
    package static let least = Duration.seconds(1)
    private static let most = Duration.seconds(300)
    /// So many clients cost a second of waiting.
    private static let clientsPerSecond = 1000
    /// A server makes the list in less than this part of the time.
    private static let share = 20
    /// After so many intervals a list is too old to be trusted, because an address may have another client.
    private static let lifetime = 10

    /// How many questions were asked, and how many of them were answered.
    package private(set) var asked = 0
    package private(set) var answered = 0
    /// The time between two questions.
    package private(set) var interval = Self.least
    private var isWanted = false
    private var lastAsked: ContinuousClock.Instant?
    /// Whether the server refuses to tell.
    package private(set) var isRefused = false

    package init() {}

    /// When the next question may be asked.
    private func due(at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        lastAsked.map { max($0.advanced(by: interval), now) } ?? now
    }

    /// Notes that somebody needs a list that is made from now on.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - patience: How long they can wait.
    /// - Returns: The number of the question whose answer they need; `nil` when it comes too late for them, or never.
    package mutating func want(at now: ContinuousClock.Instant, within patience: Duration) -> Int? {
        guard !isRefused else { return nil }
        isWanted = true
        return due(at: now) <= now.advanced(by: patience) ? asked + 1 : nil
    }

    /// Notes that a command came from a known client, whose entry may be too old.
    package mutating func use(at now: ContinuousClock.Instant) {
        if let lastAsked, now - lastAsked > interval * Self.lifetime { isWanted = true }
    }

    /// The number of the question that has to be asked now, if one has.
    package mutating func next(at now: ContinuousClock.Instant) -> Int? {
        guard isWanted, !isRefused, asked == answered, due(at: now) <= now else { return nil }
        isWanted = false
        asked += 1
        lastAsked = now
        return asked
    }

    /// When `next` has to be called again; `nil` when nothing is wanted, or when the answer tells.
    package func nextDue(at now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        isWanted && !isRefused && asked == answered ? due(at: now) : nil
    }

    /// Whether the last answer is so young that nobody needs another one.
    package func isFresh(at now: ContinuousClock.Instant) -> Bool {
        guard let lastAsked, asked == answered, asked > 0 else { return false }
        return now - lastAsked < Self.least
    }

    /// Notes the answer to the last question, or to one that was asked elsewhere: a list of so many clients, which took
    /// that long.
    package mutating func wasAnswered(clients: Int, in time: Duration, at now: ContinuousClock.Instant) {
        if asked == answered {
            asked += 1
            lastAsked = now
        }
        answered = asked
        let bySize = Duration.seconds(1) * (Double(clients) / Double(Self.clientsPerSecond))
        interval = min(max(Self.least, bySize, time * Self.share), Self.most)
    }

    /// Notes that the last question failed.
    ///
    /// - Parameter isRefusal: Whether the server does not want to tell.
    package mutating func failed(isRefusal: Bool) {
        answered = asked
        isRefused = isRefusal
        interval = min(interval * 2, Self.most)
    }
}
