/// What was sent in a replay and what came of it. A plain value; times are passed in.
package struct ReplayProgress: Sendable {
    /// What a sending thread waits for.
    package enum Wait: Sendable, Equatable {
        /// The replies of a connection up to a ticket; `nil` means of each connection but `own`.
        case replies(KeyOrder.Wait, own: Int)
        /// Room for a unit of that many bytes over a connection, or for many units: who has to wait for room waits
        /// until there is some for a while.
        case room(connection: Int, bytes: Int, isAmple: Bool)
        /// All replies, but for those of commands that still block.
        case end
    }

    fileprivate struct Pending: Sendable {
        let ticket: Int
        let commands: Int
        let bytes: Int
        let isBlocking: Bool
        var isAnswered = false
    }

    fileprivate struct Connection: Sendable {
        var pending: [Pending] = []
        var head = 0

        var unanswered: ArraySlice<Pending> { pending[head...] }
    }

    /// At most so much is on its way, so that memory is bounded.
    private static let mostUnits = 8192
    private static let mostUnitsOfConnection = 1024
    private static let mostBytes = 32 << 20
    /// At most so many kinds of errors are told apart: a server may make up any.
    private static let mostKinds = 64

    private var connections: [Connection] = []
    private var units = 0
    private var bytes = 0
    /// How many units block without a limit.
    private var blockingUnits = 0

    /// How many commands were sent, and how many transactions are among them.
    package private(set) var sentCommands = 0
    package private(set) var sentTransactions = 0
    /// How many commands have a reply.
    package private(set) var answeredCommands = 0
    /// How many commands have a reply that is an error, also within transactions.
    package private(set) var errorCount = 0
    /// How many commands have no reply, because the link was lost or the server was too slow.
    package private(set) var lostCommands = 0
    /// How many commands were ended because their client went on.
    package private(set) var unblockedCommands = 0
    /// The errors by their kind, each with how many there were, and the words of the first.
    package private(set) var errors: [String: (count: Int, example: String)] = [:]
    /// How late units were sent.
    package private(set) var lateness = DurationHistogram()
    /// How long replies took, except those of commands that block.
    package private(set) var replyTimes = DurationHistogram()

    package init() {}

    /// How many commands wait for their replies.
    package var unansweredCommands: Int { sentCommands - answeredCommands - lostCommands }

    /// Whether nothing waits for a reply.
    package var isSettled: Bool { units == 0 }

    /// Notes that a unit is sent.
    ///
    /// - Parameters:
    ///   - unit: The unit.
    ///   - ticket: Its ticket. Tickets grow.
    ///   - connection: Where it is sent.
    ///   - late: How late it is; `nil` without a schedule.
    package mutating func sent(_ unit: ReplayUnit, ticket: Int, over connection: Int, late: Duration?) {
        while connections.count <= connection { connections.append(Connection()) }
        let isBlocking = unit.kind == .blockingCommand
        connections[connection].pending.append(
            Pending(ticket: ticket, commands: unit.count, bytes: unit.encoded.count, isBlocking: isBlocking)
        )
        units += 1
        bytes += unit.encoded.count
        if isBlocking { blockingUnits += 1 }
        sentCommands += unit.count
        if unit.kind == .transaction { sentTransactions += 1 }
        if let late { lateness.add(late) }
    }

    /// Notes what came of a unit.
    ///
    /// - Parameters:
    ///   - ticket: Its ticket.
    ///   - connection: Where it was sent.
    ///   - answered: How many of its commands have a reply.
    ///   - errors: The errors among the replies, and why others have none: the kind and the words of each.
    ///   - time: How long the replies took.
    package mutating func settled(
        _ ticket: Int,
        over connection: Int,
        answered: Int,
        errors: [(kind: String, words: String)],
        after time: Duration
    ) {
        guard let index = connections[connection].index(of: ticket) else { return }
        connections[connection].pending[index].isAnswered = true
        let pending = connections[connection].pending[index]
        connections[connection].advance()
        units -= 1
        bytes -= pending.bytes
        if pending.isBlocking { blockingUnits -= 1 } else if answered > 0 { replyTimes.add(time) }
        answeredCommands += answered
        lostCommands += pending.commands - answered
        for error in errors { note(error.kind, error.words) }
        errorCount += errors.count
    }

    private mutating func note(_ kind: String, _ words: String) {
        let kind = errors[kind] != nil || errors.count < Self.mostKinds ? kind : "others"
        errors[kind, default: (0, words)].count += 1
    }

    /// Notes that a blocking command was ended.
    package mutating func unblocked() { unblockedCommands += 1 }

    /// Whether a wait is over.
    package func isOver(_ wait: Wait) -> Bool {
        switch wait {
        case .replies(let wait, let own):
            if let connection = wait.connection { return isAnswered(connection, wait.ticket) }
            return connections.indices.allSatisfy { $0 == own || isAnswered($0, wait.ticket) }
        case .room(let connection, let bytes, let isAmple):
            let share = isAmple ? 2 : 1
            if units - blockingUnits >= Self.mostUnits / share || units >= 2 * Self.mostUnits { return false }
            if self.bytes > 0, self.bytes + bytes > Self.mostBytes / share { return false }
            return connection >= connections.count
                || connections[connection].unanswered.count < Self.mostUnitsOfConnection / share
        case .end: return units == blockingUnits
        }
    }

    /// The connections over which a blocking command holds up others. When they were recorded, it had ended.
    package func blocked() -> [Int] {
        connections.indices.filter { index in
            let unanswered = connections[index].unanswered
            return unanswered.count > 1 && unanswered.first?.isBlocking == true
        }
    }

    private func isAnswered(_ connection: Int, _ ticket: Int) -> Bool {
        guard connection < connections.count else { return true }
        // Nobody waits for a command that blocks, but perhaps for one behind it.
        guard let next = connections[connection].unanswered.first(where: { !$0.isBlocking && !$0.isAnswered }) else {
            return true
        }
        return next.ticket > ticket
    }
}

extension ReplayProgress.Connection {
    /// The place of an unanswered unit.
    fileprivate func index(of ticket: Int) -> Int? {
        // Replies nearly always come in the order of the units.
        pending[head...].firstIndex { $0.ticket == ticket && !$0.isAnswered }
    }

    /// Forgets what is answered at the front.
    fileprivate mutating func advance() {
        while head < pending.count, pending[head].isAnswered { head += 1 }
        if head == pending.count {
            pending.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 256, head * 2 >= pending.count {
            pending.removeFirst(head)
            head = 0
        }
    }
}
