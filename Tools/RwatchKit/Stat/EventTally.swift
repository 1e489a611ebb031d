package import RedisEvents
import RedisRESP

/// Counts the events of a recording, or of a watch. It keeps its memory from event to event, and belongs to one thread.
package struct EventTally: RecordingVisitor {
    /// More memory than this is given back after an event.
    private static let mostKept = 1 << 20
    /// Longer names of commands are no names, and are counted by their beginning.
    private static let longestName = 64

    package private(set) var counters: Counters
    package private(set) var account = InputAccount()
    private var keys: CommandKeys
    private var filter: RecordingFilter
    private var arguments = LineArguments()
    /// The name of the command that is being counted.
    var name: [UInt8] = []
    private var key: [UInt8] = []
    /// The last events; `nil` when nobody wants them.
    var tail: EventTail?
    /// Whether another selection than the first one counts, for the events of a watch too.
    private(set) var isSelecting = false
    /// Whether the channel of a PUBLISH is counted, too.
    private let countsPublishes: Bool

    /// Counts what is selected, with the keys of that table's commands.
    ///
    /// - Parameters:
    ///   - counters: What counts.
    ///   - selection: What is counted of recordings.
    ///   - table: Where the keys of commands are.
    ///   - tail: Keeps the last events, if anybody wants them. The channels of PUBLISH are counted then, too.
    package init(
        _ counters: Counters,
        _ selection: RecordingSelection = .init(),
        table: CommandCatalog = .builtIn,
        tail: EventTail? = nil
    ) {
        self.counters = counters
        self.tail = tail
        countsPublishes = tail != nil
        keys = CommandKeys(table)
        filter = RecordingFilter(selection, table)
        name.reserveCapacity(2 * Self.longestName)
    }

    /// Looks for keys by another table.
    mutating func use(_ table: CommandCatalog) { keys = CommandKeys(table) }

    /// Counts from zero again, with other counters. The last events are kept.
    package mutating func restart(_ counters: Counters) {
        self.counters = counters
        account = InputAccount()
    }

    /// Counts another selection of recordings from now on.
    package mutating func select(_ selection: RecordingSelection) {
        filter = RecordingFilter(selection, keys.table)
        isSelecting = true
    }

    /// The last events that fulfil a condition, the newest last.
    package func last(_ limit: Int, _ isWanted: (TailEvent) -> Bool = { _ in true }) -> [TailEvent] {
        tail?.last(limit, isWanted) ?? []
    }

    // MARK: Recordings

    @inline(__always)
    package mutating func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan) {
        command(line, header, node: node, user: RawSpan())
    }

    /// Counts a command of a user.
    @inline(__always)
    mutating func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan, user: RawSpan) {
        account.lines &+= 1
        guard filter.selects(line, node: node) else { return account.unselected &+= 1 }
        if !count(line, header, node: node, user: user) { account.note(.brokenArguments) }
    }

    package mutating func message(_ message: borrowing RecordedMessage) {
        account.lines += 1
        guard filter.selects(message) else { return account.unselected += 1 }
        count(
            message.kind,
            at: message.time,
            channel: message.channel,
            pattern: message.pattern,
            payload: message.payload,
            node: message.node
        )
    }

    package mutating func keyEvent(_ event: borrowing RecordedKeyEvent) {
        account.lines += 1
        guard filter.selects(event) else { return account.unselected += 1 }
        count(event.name, key: event.key, database: event.database, at: event.time, node: event.node)
    }

    package mutating func gap(_ gap: RecordedGap) {
        account.lines += 1
        account.records += 1
        counters.add(
            Incident(
                .gap,
                from: gap.times.from,
                until: gap.times.until,
                node: String(decoding: gap.node, as: UTF8.self),
                reason: String(decoding: gap.reason.prefix(1024), as: UTF8.self)
            )
        )
    }

    package mutating func drop(_ count: Int, _ times: RecordedTimes) {
        account.lines += 1
        account.records += 1
        counters.add(Incident(.drop, from: times.from, until: times.until, count: count))
    }

    package mutating func remark(_ remark: RecordingRemark) {
        account.lines += 1
        account.blanks += 1
    }

    package mutating func unreadable(_ problem: LineProblem) {
        account.lines += 1
        account.note(problem)
    }

    /// Another recording begins.
    package mutating func recordingBegins() { counters.interrupt() }

    // MARK: Events

    /// Counts the line of a command.
    ///
    /// - Parameters:
    ///   - line: The line.
    ///   - header: Its header.
    ///   - node: The server; empty where there is only one.
    ///   - user: The client's user; empty when nobody knows it.
    /// - Returns: `false` when its arguments cannot be read: it is not counted then.
    @inline(__always)
    mutating func count(_ line: RawSpan, _ header: MonitorLine, node: RawSpan, user: RawSpan = RawSpan()) -> Bool {
        arguments.begin(at: header.argumentsStart)
        guard let count = arguments.count(in: line), let bounds = arguments.argument(0, in: line),
            let size = size(of: line)
        else { return false }
        let (position, rule) = keys.find(in: line, bounds)
        setName(bounds.span(in: line))
        if rule == .subcommand || rule == .specified {
            return countSpecified(line, header, node, user, position, size)
        }
        if countsPublishes, rule == .none, count > 1 { countPublish(line, size) }
        let first = rule == .first && count > 1 ? arguments.argument(1, in: line) : nil
        guard let first else {
            add(line, header, node: node, user, key: RawSpan(), hasKey: false, size: size)
            return true
        }
        if first.isEscaped {
            guard decode(first, line) else { return false }
            addDecoded(line, header, node, user, size)
        } else {
            add(line, header, node: node, user, key: first.span(in: line), hasKey: true, size: size)
        }
        return true
    }

    /// Counts a message.
    mutating func count(
        _ kind: PubSub.Message.Kind,
        at time: Int64,
        channel: RawSpan,
        pattern: RawSpan,
        payload: RawSpan,
        node: RawSpan
    ) {
        let size = payload.byteCount
        let kind: CountedEvent.Kind =
            switch kind {
            case .message: .message
            case .pmessage: .patternMessage
            case .smessage: .shardMessage
            }
        tail?.add(kind, at: time, channel: channel, pattern: pattern, payload: payload, node: node)
        counters.add(CountedEvent(kind, at: time, name: channel, pattern: pattern, node: node, size: size))
    }

    /// Counts an event of a key.
    mutating func count(_ name: RawSpan, key: RawSpan, database: Int, at time: Int64, node: RawSpan) {
        tail?.add(event: name, key: key, database: database, at: time, node: node)
        counters.add(
            CountedEvent(
                .key,
                at: time,
                name: name,
                key: key,
                hasKey: true,
                node: node,
                database: database,
                size: key.byteCount
            )
        )
    }

    /// Notes that something is missing.
    mutating func add(_ incident: Incident) { counters.add(incident) }

    /// Notes that it is later, without an event.
    package mutating func passes(_ time: Int64) { counters.passes(time) }

    // MARK: Commands

    @inline(__always)
    private mutating func add(
        _ line: RawSpan,
        _ header: MonitorLine,
        node: RawSpan,
        _ user: RawSpan,
        key: RawSpan,
        hasKey: Bool,
        size: Int
    ) {
        let source = line.part(header.source)
        let client = source.byteCount == 3 && source.equals("lua") ? RawSpan() : source
        // Taken out, because the counters change while its bytes are borrowed.
        let name = exchange(&self.name, with: [])
        counters.add(
            CountedEvent(
                .command,
                at: header.time.microseconds,
                name: name.rawSpan,
                key: key,
                hasKey: hasKey,
                client: client,
                user: user,
                node: node,
                database: header.database,
                size: size
            )
        )
        self.name = name
        if tail != nil { keep(line, header, key: key, hasKey, node) }
    }

    @inline(never)
    private mutating func addDecoded(
        _ line: RawSpan,
        _ header: MonitorLine,
        _ node: RawSpan,
        _ user: RawSpan,
        _ size: Int
    ) {
        let key = exchange(&self.key, with: [])
        add(line, header, node: node, user, key: key.rawSpan, hasKey: true, size: size)
        self.key = key.count > Self.mostKept ? [] : key
    }

    /// Counts a command whose keys lie anywhere.
    @inline(never)
    private mutating func countSpecified(
        _ line: RawSpan,
        _ header: MonitorLine,
        _ node: RawSpan,
        _ user: RawSpan,
        _ position: Int,
        _ size: Int
    ) -> Bool {
        var info = keys.table.info(position)
        if keys.table.hasSubcommands(position), let word = arguments.argument(1, in: line)?.span(in: line),
            let found = keys.table.subcommand(position, word)
        {
            info = found
            // As INFO COMMANDSTATS calls it.
            name.append(UInt8(ascii: "|"))
            appendName(word)
        }
        var isFirst = true
        for spec in info.specs {
            guard let places = spec.places(in: line, &arguments) else { continue }
            var index = places.first
            while index <= places.last, let bounds = arguments.argument(index, in: line) {
                index += places.step
                guard decode(bounds, line) else { return isFirst ? false : true }
                if isFirst {
                    addDecoded(line, header, node, user, size)
                } else {
                    let key = exchange(&self.key, with: [])
                    counters.add(key: key.rawSpan)
                    self.key = key
                }
                isFirst = false
            }
        }
        if isFirst { add(line, header, node: node, user, key: RawSpan(), hasKey: false, size: size) }
        return true
    }

    /// Counts the channel of a PUBLISH or an SPUBLISH, whose name was set before.
    @inline(never)
    private mutating func countPublish(_ line: RawSpan, _ size: Int) {
        guard name.elementsEqual("publish".utf8) || name.elementsEqual("spublish".utf8),
            let bounds = arguments.argument(1, in: line), decode(bounds, line)
        else { return }
        let channel = exchange(&self.key, with: [])
        counters.add(channel: channel.rawSpan, size: max(size - channel.count, 0))
        self.key = channel.count > Self.mostKept ? [] : channel
    }

    @inline(__always)
    private mutating func setName(_ word: RawSpan) {
        name.removeAll(keepingCapacity: true)
        appendName(word)
    }

    @inline(__always)
    private mutating func appendName(_ word: RawSpan) {
        for index in 0..<min(word.byteCount, Self.longestName) { name.append(ASCIICase.lowered(word.byte(at: index))) }
    }

    /// The number of bytes of all arguments behind the name; `nil` when an escape is none that servers write.
    @inline(__always)
    private func size(of line: RawSpan) -> Int? {
        let (length, isEscaped) = arguments.length(from: 1)
        return isEscaped ? arguments.decodedLength(from: 1, in: line) : length
    }

    private mutating func decode(_ bounds: LineArguments.Bounds, _ line: RawSpan) -> Bool {
        key.removeAll(keepingCapacity: true)
        guard bounds.isEscaped else {
            key.append(bounds.span(in: line))
            return true
        }
        return MonitorLine.appendUnescaped(bounds.span(in: line), to: &key)
    }
}
