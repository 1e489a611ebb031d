/// Decides when a monitor's queue at the server is asked for, and when it is too long. Pure: times and answers are
/// given.
package struct GuardMachine: Sendable {
    package enum Action: Equatable {
        /// Ask `question` after that long.
        case ask(after: Duration)
        /// Too much waits at the server: leave, and come back after the pause; without one, end.
        case trip(omem: Int, pause: Duration?)
        /// Nothing is known of the queue; ask again after that long, or not any more on this link.
        case blind(RedisError.Code, String, askAfter: Duration?)
    }

    /// A trip that soon after coming back shows that the pause was too short.
    private static let relapse = Duration.seconds(60)
    /// A question that could not be asked is asked again after that many intervals.
    private static let patience = 10

    private let settings: Monitor.Guard
    private var id = 0
    /// Whether the server knows `CLIENT LIST ID`, as far as we know.
    private var knowsID = true
    private var upSince: ContinuousClock.Instant?
    private var pause: Duration?
    private var absences = 0
    private var suspicion: Suspicion?

    /// What was seen when a queue was above the limit that one value may explain.
    private struct Suspicion {
        /// The queue.
        var omem: Int
        /// What had arrived by then.
        var arrived: Int
        /// How often in a row the queue was more than one value explains.
        var excesses = 0
    }

    /// What one of the server's blocks for small lines takes at most: 16 KiB, which its allocator rounds up. A line
    /// that does not fit gets a block of its own.
    private static let block = 24 << 10
    /// What may be on its way here in front of the queue.
    private static let onTheWay = 16 << 20
    /// What the server kept for the monitor when it was last asked.
    package private(set) var queueSeen: Int?

    package init(_ settings: Monitor.Guard) { self.settings = settings }

    /// The monitor's link stands; the server calls it `id`.
    package mutating func linkIsUp(id: Int, at now: ContinuousClock.Instant) -> Action {
        self.id = id
        knowsID = true
        absences = 0
        suspicion = nil
        upSince = now
        return .ask(after: settings.interval)
    }

    package var question: RedisCommand {
        knowsID ? ["CLIENT", "LIST", "ID", RedisBytes(String(id))] : ["CLIENT", "LIST"]
    }

    /// The server's list of clients, and what has arrived here.
    package mutating func answered(
        _ list: RedisBytes,
        _ arrived: MonitorArrivals = MonitorArrivals(),
        at now: ContinuousClock.Instant
    ) -> Action {
        switch GuardReading(list, id: id) {
        case .queued(let omem, let blocks):
            absences = 0
            queueSeen = omem
            guard omem > settings.limit else {
                suspicion = nil
                return .ask(after: wait(list.count))
            }
            if isBacklog(omem, blocks, arrived) { return trip(omem, now) }
            // The next reading comes soon, and tells whether it is a backlog.
            return .ask(after: min(wait(list.count), max(settings.interval / 4, .milliseconds(1))))
        case .absent:
            // The monitor may have been killed just now, which the end of its own link tells. If it is missing twice in
            // a row, the list is that of another server.
            absences += 1
            if absences < 2 { return .ask(after: settings.interval) }
            absences = 0
            let text = "CLIENT LIST does not show the monitor: the second link may lead to another server"
            return .blind(.unexpectedReply, text, askAfter: settings.interval * Self.patience)
        case .unknown:
            return .blind(.unexpectedReply, "CLIENT LIST does not tell omem", askAfter: nil)
        }
    }

    /// There was no answer, or an error for one.
    package mutating func failed(_ error: RedisError) -> Action {
        switch error.code {
        // Refused for good; each further try would only be one more line in the server's ACL LOG.
        case .notPermitted, .authenticationFailed, .invalidConfiguration:
            return .blind(error.code, error.message, askAfter: nil)
        case .serverError where knowsID && !error.isTransient && error.phase == .command:
            knowsID = false
            return .ask(after: .zero)
        case .serverError where error.phase == .command && !error.isTransient:
            return .blind(error.code, error.message, askAfter: nil)
        default:
            return .blind(error.code, error.message, askAfter: settings.interval * Self.patience)
        }
    }

    /// Whether a queue above the limit is more than the line of one value and what may wait beside that.
    ///
    /// The server counts a line until its last byte is written, so that one of 30 MB stands there whole for as long as
    /// it takes. Such a line has a block of its own; where there are only small blocks, it is many commands that wait.
    /// While nothing much has arrived since, all that waited at first may be one line. After that no line explains more
    /// than the longest that came.
    private mutating func isBacklog(_ omem: Int, _ blocks: Int, _ arrived: MonitorArrivals) -> Bool {
        guard omem > min(blocks, 1 << 30) * Self.block else { return true }
        guard let seen = suspicion else {
            suspicion = Suspicion(omem: omem, arrived: arrived.bytes)
            return false
        }
        let isUnderway = arrived.bytes - seen.arrived <= max(settings.limit, Self.onTheWay)
        let explained = isUnderway ? seen.omem : arrived.longest
        guard omem - explained > settings.limit else {
            suspicion?.excesses = 0
            return false
        }
        suspicion?.excesses += 1
        return seen.excesses > 0
    }

    private mutating func trip(_ omem: Int, _ now: ContinuousClock.Instant) -> Action {
        guard case .resume(let shortest) = settings.onTrip else { return .trip(omem: omem, pause: nil) }
        let isRelapse = upSince.map { $0.duration(to: now) < Self.relapse } ?? false
        let next = isRelapse ? pause.map { min($0 * 2, max(Self.relapse, shortest)) } : nil
        pause = next ?? shortest
        return .trip(omem: omem, pause: pause)
    }

    private func wait(_ answerLength: Int) -> Duration {
        max(settings.interval, .microseconds(answerLength))
    }
}
