import RedisCore
import RedisRESP
import RedisReactor

/// Reads a recording and sends what is in it when it is due. It belongs to a thread that may block.
struct ReplaySender: ~Copyable {
    /// When a replay ends before its recording.
    struct Limits: Sendable {
        /// How many times the recording is replayed; `nil` for no end.
        var passes: Int? = 1
        /// After so many commands.
        var commands: Int?
        var duration: Duration?
        /// At the first line that cannot be used.
        var isStrict = false
    }

    /// How a replay ended.
    enum End: Sendable {
        case complete
        /// A limit was reached, or the replay was told to end.
        case stopped
        case breach(String)
        /// The server is the one that is recorded.
        case ownSource
    }

    /// Blocking commands that hold up others may do so for that time.
    private static let patience = Duration.seconds(1)
    /// How many lines are read between two looks at whether the replay is to end.
    private static let stride = 256

    private let limits: Limits
    private let board: ReplayBoard
    private var reader: RecordingReader
    private var planner: ReplayPlanner
    private var schedule: ReplaySchedule
    private var assignment: ConnectionAssignment
    private var order = KeyOrder()
    /// `nil` for a dry run.
    private let links: ReplayLinks?
    private var begin: ContinuousClock.Instant?
    private var sentCommands = 0
    private var passes = 0
    private var missingLines = 0
    /// How long sending took, when it has ended.
    private var elapsed: Duration?

    init(
        _ reader: consuming RecordingReader,
        _ planner: consuming ReplayPlanner,
        schedule: ReplaySchedule,
        connections: Int,
        over links: ReplayLinks?,
        limits: Limits,
        _ board: ReplayBoard
    ) {
        self.reader = reader
        self.planner = planner
        self.schedule = schedule
        assignment = ConnectionAssignment(limit: connections)
        self.links = links
        self.limits = limits
        self.board = board
    }

    /// The figures of connections and times.
    private var figures: ReplayFigures {
        ReplayFigures(
            connections: assignment.count,
            passedOn: assignment.passedOn,
            recorded: schedule.recordedDuration,
            elapsed: elapsed ?? begin?.duration(to: .now) ?? .zero,
            passes: passes,
            missingLines: missingLines
        )
    }

    /// Replays until the end. It returns when all replies are there, but for those of commands that still block.
    ///
    /// - Throws: Why the recording cannot be read.
    mutating func run() throws(RedisError) -> End {
        defer { board.note(planner.counts, figures) }
        let end = try sendAll()
        elapsed = begin?.duration(to: .now)
        board.note(planner.counts, figures)
        if links != nil { waitForReplies() }
        return end
    }

    private mutating func sendAll() throws(RedisError) -> End {
        while true {
            var lines = 0
            while try reader.read(&planner) {
                lines += 1
                if lines % Self.stride == 0 {
                    board.note(planner.counts, figures)
                    if board.isEnding { return .stopped }
                }
                if let end = sendPlanned() { return end }
            }
            planner.recordingEnded()
            if let end = sendPlanned() { return end }
            passes += 1
            // Nothing would come for ever.
            if planner.counts.planned == 0 || limits.passes.map({ passes >= $0 }) ?? false { return .complete }
            try reader.rewind()
            schedule.beginAgain()
        }
    }

    /// Sends what the last line has brought. Returns why the replay ends.
    private mutating func sendPlanned() -> End? {
        if limits.isStrict, let breach = planner.counts.firstBreach { return .breach(breach) }
        if planner.ownSource != nil { return .ownSource }
        while let unit = planner.next() {
            guard send(unit) else { return .stopped }
            if let most = limits.commands, sentCommands >= most { return .stopped }
        }
        return nil
    }

    /// Sends a unit when it is due. Returns `false` when the replay is to end.
    private mutating func send(_ unit: ReplayUnit) -> Bool {
        let first = begin ?? .now
        if begin == nil { begin = first }
        let due = schedule.due(unit.time).map { first.advanced(by: $0) }
        let connection = assignment.connection(of: unit.client)
        sentCommands += unit.count
        guard let links else { return true }
        let end = limits.duration.map { first.advanced(by: $0) }
        if let due {
            guard board.sleep(until: min(due, end ?? due)) else { return false }
        }
        if let end, ContinuousClock.now >= end { return false }
        let (ticket, waits) = order.next(
            unit.access,
            over: connection,
            isWaitedFor: unit.kind != .blockingCommand
        )
        for wait in waits {
            guard self.wait(for: .replies(wait, own: connection), links) else { return false }
        }
        guard waitForRoom(for: unit, over: connection, links) else { return false }
        switch links.prepare(unit, over: connection) {
        case .ready: break
        case .missingDatabase:
            sentCommands -= unit.count
            missingLines += unit.count
            return true
        case .failed: return false
        }
        board.sent(unit, ticket: ticket, over: connection, late: due.map { $0.duration(to: .now) })
        links.send(unit, ticket: ticket, over: connection)
        if order.keyCount > 4096, ticket % 1024 == 0, board.isSettled { order.allAnswered() }
        return true
    }

    private func waitForRoom(for unit: ReplayUnit, over connection: Int, _ links: ReplayLinks) -> Bool {
        let bytes = unit.encoded.count
        let room = ReplayProgress.Wait.room(connection: connection, bytes: bytes, isAmple: false)
        if board.isOver(room) { return true }
        return wait(for: .room(connection: connection, bytes: bytes, isAmple: true), links)
    }

    /// Waits, and ends blocking commands that hold up others for too long. Returns `false` when the replay is to end.
    private func wait(for wait: ReplayProgress.Wait, _ links: ReplayLinks) -> Bool {
        while true {
            switch board.wait(for: wait, until: .now.advanced(by: Self.patience)) {
            case .over: return true
            case .ending: return false
            case .tooLong: links.unblock()
            }
        }
    }

    /// Waits for the replies that are missing, for a moment if the replay was told to end.
    private func waitForReplies() {
        guard let links else { return }
        while !board.isEnding {
            switch board.wait(for: .end, until: .now.advanced(by: Self.patience)) {
            case .over: return
            case .ending: break
            case .tooLong: links.unblock()
            }
        }
        if board.failure == nil { _ = board.wait(for: .end, until: .now.advanced(by: Self.patience), isLast: true) }
    }
}

/// The figures of a replay's connections and times. A plain value.
package struct ReplayFigures: Sendable, Equatable {
    /// How many connections were used.
    package var connections = 0
    /// How often a connection went to another client.
    package var passedOn = 0
    /// The time between the first and the last event of the recording, of all passes.
    package var recorded = Duration.zero
    /// How long sending took.
    package var elapsed = Duration.zero
    /// How often the whole recording was sent.
    package var passes = 0
    /// Lines that were not sent because the server lacks their database.
    package var missingLines = 0

    package init(
        connections: Int = 0,
        passedOn: Int = 0,
        recorded: Duration = .zero,
        elapsed: Duration = .zero,
        passes: Int = 0,
        missingLines: Int = 0
    ) {
        self.connections = connections
        self.passedOn = passedOn
        self.recorded = recorded
        self.elapsed = elapsed
        self.passes = passes
        self.missingLines = missingLines
    }
}
