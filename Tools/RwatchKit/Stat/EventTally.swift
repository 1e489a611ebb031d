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
    private var name: [UInt8] = []
    private var key: [UInt8] = []

    /// Counts what is selected, with the keys of that table's commands.
    package init(_ counters: Counters, _ selection: RecordingSelection = .init(), table: CommandCatalog = .builtIn) {
        self.counters = counters
        keys = CommandKeys(table)
        filter = RecordingFilter(selection, table)
        name.reserveCapacity(2 * Self.longestName)
    }

    /// Looks for keys by another table.
    mutating func use(_ table: CommandCatalog) { keys = CommandKeys(table) }

    // MARK: Recordings

    @inline(__always)
    package mutating func command(_ line: RawSpan, _ header: MonitorLine, node: RawSpan) {
        account.lines &+= 1
        guard filter.selects(line, node: node) else { return account.unselected &+= 1 }
        if !count(line, header, node: node) { account.note(.brokenArguments) }
    }

    package mutating func message(_ message: borrowing RecordedMessage) {
        account.lines += 1
        guard filter.selects(message) else { return account.unselected += 1 }
        count(
            message.kind,
            at: message.time,
            channel: message.channel,
            pattern: message.pattern,
            size: message.payload.byteCount,
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

    /// Counts the line of a command. Returns `false` when its arguments cannot be read: it is not counted then.
    @inline(__always)
    mutating func count(_ line: RawSpan, _ header: MonitorLine, node: RawSpan) -> Bool {
        arguments.begin(at: header.argumentsStart)
        guard let count = arguments.count(in: line), let bounds = arguments.argument(0, in: line),
            let size = size(of: line)
        else { return false }
        let (position, rule) = keys.find(in: line, bounds)
        setName(bounds.span(in: line))
        if rule == .subcommand || rule == .specified { return countSpecified(line, header, node, position, size) }
        let first = rule == .first && count > 1 ? arguments.argument(1, in: line) : nil
        guard let first else {
            add(line, header, node: node, key: RawSpan(), hasKey: false, size: size)
            return true
        }
        if first.isEscaped {
            guard decode(first, line) else { return false }
            addDecoded(line, header, node, size)
        } else {
            add(line, header, node: node, key: first.span(in: line), hasKey: true, size: size)
        }
        return true
    }

    /// Counts a message.
    mutating func count(
        _ kind: PubSub.Message.Kind,
        at time: Int64,
        channel: RawSpan,
        pattern: RawSpan,
        size: Int,
        node: RawSpan
    ) {
        let kind: CountedEvent.Kind =
            switch kind {
            case .message: .message
            case .pmessage: .patternMessage
            case .smessage: .shardMessage
            }
        counters.add(CountedEvent(kind, at: time, name: channel, pattern: pattern, node: node, size: size))
    }

    /// Counts an event of a key.
    mutating func count(_ name: RawSpan, key: RawSpan, database: Int, at time: Int64, node: RawSpan) {
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
    mutating func passes(_ time: Int64) { counters.passes(time) }

    // MARK: Commands

    @inline(__always)
    private mutating func add(
        _ line: RawSpan,
        _ header: MonitorLine,
        node: RawSpan,
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
                node: node,
                database: header.database,
                size: size
            )
        )
        self.name = name
    }

    @inline(never)
    private mutating func addDecoded(_ line: RawSpan, _ header: MonitorLine, _ node: RawSpan, _ size: Int) {
        let key = exchange(&self.key, with: [])
        add(line, header, node: node, key: key.rawSpan, hasKey: true, size: size)
        self.key = key.count > Self.mostKept ? [] : key
    }

    /// Counts a command whose keys lie anywhere.
    @inline(never)
    private mutating func countSpecified(
        _ line: RawSpan,
        _ header: MonitorLine,
        _ node: RawSpan,
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
                    addDecoded(line, header, node, size)
                } else {
                    let key = exchange(&self.key, with: [])
                    counters.add(key: key.rawSpan)
                    self.key = key
                }
                isFirst = false
            }
        }
        if isFirst { add(line, header, node: node, key: RawSpan(), hasKey: false, size: size) }
        return true
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
