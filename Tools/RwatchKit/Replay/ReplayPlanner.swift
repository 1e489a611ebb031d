import RedisCommands
package import RedisEvents
package import RedisRESP

/// Makes what is to be sent of the lines of a recording. It sends nothing, and belongs to one thread.
package struct ReplayPlanner: ~Copyable, RecordingVisitor {
    /// What is sent, and how.
    package struct Settings: Sendable {
        /// The server's commands, for their keys.
        package var table = CommandCatalog.builtIn
        package var selection = RecordingSelection()
        /// The addresses of primaries, as sources have them: what they sent was replicated.
        package var primaries: Set<RedisBytes> = []
        /// Whether replicated commands are sent all the same.
        package var sendsReplicated = false
        /// The name of our own links at the server, which nobody else can have.
        package var ownName: RedisBytes?
        /// How the server that is replayed to is named in recordings.
        package var targets: Set<RedisBytes> = []

        /// How much is kept of transactions whose EXEC the recording has not come to.
        package var mostOpenBytes = 64 << 20
        package var mostOpenTransactions = 65_536

        package init() {}
    }

    /// The names of at most so many servers are kept.
    private static let mostNodes = 4096

    private let settings: Settings
    private var filter: RecordingFilter
    private let keys: KeyAccessReader
    private var encoder = LineEncoder()
    private var transactions: OpenTransactions
    private var publishes = PublishedOnce()
    private var nodes: Set<RedisBytes> = []
    private var client: [UInt8] = []
    private var planned: [ReplayUnit] = []
    private var taken = 0

    package private(set) var counts = ReplayCounts()
    /// The server that is replayed to, if it turned out to be the one that is recorded.
    package private(set) var ownSource: RedisBytes?

    /// A planner for one replay.
    package init(_ settings: Settings, seed: UInt64 = .random(in: 0 ... .max)) {
        self.settings = settings
        filter = RecordingFilter(settings.selection, settings.table)
        transactions = OpenTransactions(mostBytes: settings.mostOpenBytes, mostCount: settings.mostOpenTransactions)
        keys = KeyAccessReader(settings.table, seed: seed)
    }

    /// Takes what is to be sent next, of the lines so far.
    package mutating func next() -> ReplayUnit? {
        guard taken < planned.count else {
            if !planned.isEmpty { planned.removeAll(keepingCapacity: planned.capacity <= 1024) }
            taken = 0
            return nil
        }
        defer { taken += 1 }
        return planned[taken]
    }

    /// Notes that the recording has ended, and perhaps begins again.
    package mutating func recordingEnded() {
        transactions.endAll()
        release()
    }

    // MARK: Lines

    package mutating func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan) {
        counts.lines += 1
        guard let bytes = encoder.encode(line, from: header.argumentsStart),
            let name = encoder.arguments.argument(0, in: line)?.span(in: line)
        else { return counts.note(.brokenArguments) }
        counts.recorded += 1
        let source = line.part(header.source)
        guard !source.equals("lua") else { return counts.skip(.script) }
        note(node)
        guard settings.sendsReplicated || !isReplicated(source) else { return counts.skip(.replicated) }
        let command = RedisCommand(encoded: bytes)
        let rule = ReplayRule.rule(of: name, command)
        if rule == .leaveOut(.connection), let own = settings.ownName, encoder.contains(own, in: bytes) {
            ownSource = RedisBytes(copying: source)
        }
        let (client, server) = (clientName(source, node), RedisBytes(copying: node))
        transactions.comes(client, node: server)
        release()
        switch rule {
        case .leaveOut(let reason): return counts.skip(encoder.isRedacted(bytes) ? .redacted : reason)
        case .begin: return begin(client, header)
        case .execute: return execute(client, header)
        case .discard: return discard(client)
        case .select, .send: break
        }
        let selected = rule == .select ? encoder.integer(1, in: bytes) : nil
        if rule == .select, selected == nil { return counts.skip(.select) }
        // A transaction goes where its SELECT leads it, whatever of it is selected.
        guard selected != nil || filter.selects(line, node: node) else { return counts.skip(.unselected) }
        guard !encoder.isRedacted(bytes) else { return counts.skip(.redacted) }
        guard let database = header.database else { return counts.skip(.namespace) }
        var unit = ReplayUnit(
            kind: .command,
            client: client,
            time: header.time.microseconds,
            encoded: bytes,
            database: database
        )
        if case .exclusive = LinkRule.need(of: command) { unit.kind = .blockingCommand }
        if rule == .send { unit.access = keys.access(of: command, line, &encoder, database: database) }
        let piece = OpenTransactions.Piece(unit: unit, selected: selected)
        let isPart = transactions.add(piece, node: server)
        if isPart { release() } else { plan(piece) }
    }

    package mutating func message(_ message: borrowing RecordedMessage) {
        counts.lines += 1
        counts.recorded += 1
        note(message.node)
        guard filter.selects(message) else { return counts.skip(.unselected) }
        guard publishes.isNew(message) else { return counts.skip(.samePublish) }
        let isShard = message.kind == .smessage
        let command = RedisCommand([
            isShard ? "SPUBLISH" : "PUBLISH", RedisBytes(copying: message.channel),
            RedisBytes(copying: message.payload),
        ])
        var unit = ReplayUnit(
            kind: .publish,
            // Who published it is not recorded. One connection keeps the order of all.
            client: "pubsub",
            time: message.time,
            encoded: command.encoded
        )
        unit.access = keys.access(toChannel: message.channel)
        counts.planned += 1
        planned.append(unit)
    }

    package mutating func remark(_ remark: RecordingRemark) {
        counts.lines += 1
        switch remark {
        case .blank, .greeting: break
        case .keyEvent:
            counts.recorded += 1
            counts.skip(.keyEvent)
        case .gap: counts.gaps += 1
        case .drop(let count): counts.dropped = counts.dropped.addingSaturated(count)
        }
    }

    package mutating func unreadable(_ problem: LineProblem) {
        counts.lines += 1
        counts.note(problem)
    }

    // MARK: Parts

    private mutating func begin(_ client: RedisBytes, _ header: MonitorLine) {
        guard let database = header.database else { return counts.skip(.namespace) }
        transactions.begin(client, database: database)
        release()
    }

    private mutating func execute(_ client: RedisBytes, _ header: MonitorLine) {
        guard let (unit, effective) = transactions.end(client, at: header.time.microseconds) else {
            return counts.skip(.unfinishedTransaction)
        }
        guard effective > 0 else { return counts.skip(.discarded, unit.count) }
        counts.planned += unit.count
        planned.append(unit)
    }

    private mutating func discard(_ client: RedisBytes) {
        let isOpen = transactions.discard(client)
        release()
        if isOpen { counts.skip(.discarded, 2) } else { counts.skip(.unfinishedTransaction) }
    }

    /// Plans commands that have turned out not to belong to a transaction.
    private mutating func release() {
        for piece in transactions.takeReleased() { plan(piece) }
        let endless = transactions.takeEndless()
        if endless > 0 { counts.skip(.unfinishedTransaction, endless) }
    }

    private mutating func plan(_ piece: OpenTransactions.Piece) {
        guard piece.selected == nil else { return counts.skip(.select) }
        counts.planned += 1
        planned.append(piece.unit)
    }

    /// The client's name among those of all servers.
    private mutating func clientName(_ source: RawSpan, _ node: RawSpan) -> RedisBytes {
        client.removeAll(keepingCapacity: true)
        if node.byteCount > 0 {
            client.append(node)
            client.append(UInt8(ascii: " "))
        }
        client.append(source)
        return RedisBytes(client)
    }

    private mutating func note(_ node: RawSpan) {
        guard node.byteCount > 0 else { return }
        let name = RedisBytes(copying: node)
        if settings.targets.contains(name) { ownSource = name }
        if nodes.count < Self.mostNodes { nodes.insert(name) }
    }

    /// Whether a source is a primary, and so what it sent is replicated: it is named as one, it is one of the servers
    /// of the recording, or it has the port of servers, which the system gives to no client.
    private func isReplicated(_ source: RawSpan) -> Bool {
        if source.byteCount > 5, source.part((source.byteCount - 5)..<source.byteCount).equals(":6379") { return true }
        guard !settings.primaries.isEmpty || !nodes.isEmpty else { return false }
        let name = RedisBytes(copying: source)
        return settings.primaries.contains(name) || nodes.contains(name)
    }
}

extension LineEncoder {
    /// Whether the server has left out an argument.
    fileprivate func isRedacted(_ encoded: [UInt8]) -> Bool { hasArgument("(redacted)", in: encoded) }

    /// Whether an argument of the last line, behind the name, has these bytes and no others.
    fileprivate func contains(_ bytes: RedisBytes, in encoded: [UInt8]) -> Bool {
        var index = 1
        while let place = place(of: index) {
            if encoded.rawSpan.part(place).equals(bytes.rawSpan) { return true }
            index += 1
        }
        return false
    }

    /// The number that an argument is.
    fileprivate func integer(_ index: Int, in encoded: [UInt8]) -> Int? {
        guard let place = place(of: index), place.count <= 10 else { return nil }
        return UInt32(String(decoding: encoded[place], as: UTF8.self)).flatMap { Int(exactly: $0) }
    }
}
