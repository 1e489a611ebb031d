import RedisCommands
import RedisCore
import RedisRESP
import RedisReactor

/// The connections of a replay, each with a database of its own. It belongs to the sending thread.
final class ReplayLinks {
    private struct Connection {
        var link: CommandLink
        var database = 0
        /// Whether the server was asked for the connection's number.
        var hasNumber = false
        /// Whether its blocking command was told to end.
        var wasUnblocked = false
    }

    /// Whether a unit can be sent.
    enum Preparation {
        case ready
        /// The server does not have a database that the unit needs.
        case missingDatabase
        case failed
    }

    /// How long a reply may take, unless the command blocks.
    private static let patience = Duration.seconds(30)

    private let configuration: RedisConfiguration
    private let control: CommandLink
    private let loop: RedisEventLoop
    private let board: ReplayBoard
    private let say: @Sendable (String) -> Void
    private var connections: [Connection] = []
    /// Databases that could be selected, and others.
    private var databases: Set<Int> = [0]
    private var missingDatabases: Set<Int> = []

    /// Connections to one server. `control` is another one, which ends blocking commands.
    init(
        _ configuration: RedisConfiguration,
        control: CommandLink,
        on loop: RedisEventLoop,
        _ board: ReplayBoard,
        say: @escaping @Sendable (String) -> Void
    ) {
        self.configuration = configuration.ofReplay
        self.control = control
        self.loop = loop
        self.board = board
        self.say = say
    }

    /// Opens the connection if necessary, and selects the database.
    ///
    /// - Parameters:
    ///   - unit: What is sent next.
    ///   - index: The number of the connection. New ones are the next number.
    /// - Returns: Whether the unit can be sent.
    func prepare(_ unit: ReplayUnit, over index: Int) -> Preparation {
        do throws(RedisError) {
            if index == connections.count {
                connections.append(Connection(link: try makeLink()))
            } else if connections[index].link.hasEnded {
                connections[index] = Connection(link: try makeLink())
                board.set(number: nil, of: index)
            }
            for database in unit.selectedDatabases where !(try select(database, over: index)) {
                return .missingDatabase
            }
            guard let database = unit.database, database != connections[index].database else { return .ready }
            return try select(database, over: index) ? .ready : .missingDatabase
        } catch {
            board.stop(error)
            return .failed
        }
    }

    private func makeLink() throws(RedisError) -> CommandLink {
        try CommandLink(
            configuration,
            limits: configuration.replyLimits,
            outage: .fail,
            loop: loop
        )
    }

    /// Selects a database. A command behind it must not run in another one: so the first reply for each database is
    /// waited for.
    ///
    /// - Returns: Whether the server has the database.
    private func select(_ database: Int, over index: Int) throws(RedisError) -> Bool {
        if missingDatabases.contains(database) { return false }
        let command: RedisCommand = ["SELECT", database]
        if databases.contains(database) {
            connections[index].link.handOver(
                CommandSlot(command, id: CommandLink.nextID(), timeout: Self.patience, .nobody)
            )
        } else {
            let reply = try connections[index].link.enqueue(command, timeout: Self.patience)
            do throws(RedisError) { _ = try reply.waitBlocking() } catch {
                guard error.isAnswer else { throw error }
                missingDatabases.insert(database)
                say("database \(database) is left out: \(error.words)")
                return false
            }
            databases.insert(database)
        }
        connections[index].database = database
        return true
    }

    /// Sends a unit. ``prepare(_:over:)`` comes before.
    func send(_ unit: ReplayUnit, ticket: Int, over index: Int) {
        if unit.kind == .blockingCommand { askNumber(index) }
        if let last = unit.lastDatabase { connections[index].database = last }
        let isTransaction = unit.kind == .transaction
        let (board, begin) = (board, ContinuousClock.now)
        connections[index].link.handOver(
            CommandSlot(
                unit.encoded,
                0..<unit.encoded.count,
                count: unit.count,
                id: CommandLink.nextID(),
                timeout: unit.kind == .blockingCommand ? nil : Self.patience,
                .several(keepsReplies: isTransaction) { replies in
                    board.settled(
                        ticket,
                        over: index,
                        answered: replies.count,
                        errors: replies.replayErrors,
                        after: begin.duration(to: .now)
                    )
                    if let error = replies.end?.error, error.phase == .connect || error.phase == .handshake {
                        board.stop(error)
                    }
                }
            )
        )
    }

    // MARK: Blocking commands

    /// Asks the server for the number of a connection, by which its blocking command can be ended.
    private func askNumber(_ index: Int) {
        connections[index].wasUnblocked = false
        guard !connections[index].hasNumber else { return }
        connections[index].hasNumber = true
        let board = board
        connections[index].link.handOver(
            CommandSlot(
                ["CLIENT", "ID"],
                id: CommandLink.nextID(),
                timeout: Self.patience,
                .call { reply in board.set(number: (try? reply.get())?.count, of: index) }
            )
        )
    }

    /// Ends the blocking commands that hold up others, by CLIENT UNBLOCK; where that does not help, by the end of their
    /// connection.
    func unblock() {
        for (index, number) in board.blocked() {
            if let number, !connections[index].wasUnblocked {
                connections[index].wasUnblocked = true
                control.handOver(
                    CommandSlot(
                        ["CLIENT", "UNBLOCK", number],
                        id: CommandLink.nextID(),
                        timeout: Self.patience,
                        .nobody
                    )
                )
            } else {
                connections[index].link.closeNow()
            }
            board.unblocked()
        }
    }

    /// Closes all connections.
    func closeNow() { for connection in connections { connection.link.closeNow() } }
}

extension RedisConfiguration {
    /// The configuration of a replay's connections: what a connection knew is gone with it, and a new one begins anew.
    fileprivate var ofReplay: RedisConfiguration {
        var configuration = self
        configuration.reconnect.isEnabled = false
        return configuration
    }
}

extension CommandReplies {
    /// The errors among the replies, also within that of EXEC, and why others did not come.
    fileprivate var replayErrors: [(kind: String, words: String)] {
        var found = errors.map { $0.error.ofReplay }
        for reply in replies {
            switch reply {
            case .failure(let error): found.append(error.ofReplay)
            case .success(let value):
                for case .error(let line) in value.elements ?? [] {
                    found.append(RedisError.server(line.description, at: nil, .command).ofReplay)
                }
            }
        }
        if let end { found.append(end.error.ofReplay) }
        return found
    }
}

extension RedisError {
    /// The kind of the error, by which it is counted, and its words.
    fileprivate var ofReplay: (kind: String, words: String) {
        let kind = serverPrefix ?? code.description
        return (kind.shown(upTo: ShownText.nameLimit), message)
    }
}
