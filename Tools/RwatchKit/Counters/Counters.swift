import RedisRESP

/// Counts events: what `rwatch stat` reports, and whoever else shows what a server does.
///
/// It is a plain value without I/O: events go in with their times, figures come out. Memory is bounded, whatever comes:
/// names are counted by ``HeavyHitters``, which tells how far a count may be wrong.
package struct Counters: Sendable {
    /// How much is told apart.
    package struct Settings: Sendable {
        /// How many parts of a key, with a delimiter behind each, are its prefix.
        package var prefixDepth = 1
        package var delimiter = UInt8(ascii: ":")
        /// How many keys have a row; of prefixes, clients and channels half as many.
        package var rows = 4096
        /// How many of the largest events, and of the longest gaps, are kept.
        package var notable = 10

        package init() {}
    }

    private let settings: Settings

    // MARK: What was counted

    package private(set) var commands: HeavyHitters
    package private(set) var keys: HeavyHitters
    package private(set) var prefixes: HeavyHitters
    package private(set) var clients: HeavyHitters
    package private(set) var users: HeavyHitters
    package private(set) var nodes: HeavyHitters
    package private(set) var channels: HeavyHitters
    package private(set) var patterns: HeavyHitters
    package private(set) var keyEvents: HeavyHitters
    /// The sizes of all events, in bytes.
    package private(set) var sizes = ValueHistogram()
    package private(set) var largest: TopList<NotableEvent>
    /// How long it took until the next event of the same server came, in microseconds.
    package private(set) var gaps = ValueHistogram()
    package private(set) var slowest: TopList<NotableEvent>
    package private(set) var timeLine = TimeLine()
    package private(set) var incidents = IncidentLog()
    /// How many events there were of each kind.
    private var kinds = Array(repeating: 0, count: CountedEvent.Kind.allCases.count)
    /// How many bytes all events have.
    package private(set) var bytes = 0
    /// How many commands scripts and functions sent.
    package private(set) var scriptCommands = 0
    /// How many keys have no prefix.
    package private(set) var unprefixed = 0
    /// How often time went back by more than two seconds.
    package private(set) var backwardSteps = 0
    /// How many commands ran in each database; those beyond are counted together.
    private var databases: [Int] = []
    private static let mostDatabases = 1024
    package private(set) var otherDatabases = 0
    /// The first and the last time of an event, in microseconds since the epoch; `nil` without an event.
    package private(set) var first: Int64?
    package private(set) var last: Int64?

    // MARK: Time

    /// What windows slide by.
    package private(set) var time = CountingTime(begun: 0, now: 0)
    /// What is added to the time of an event, so that the time of the windows never goes back.
    private var shift: Int64 = 0
    private var second = 0
    private var secondEnd: Int64 = .min
    private var marks = RateMarks(rows: 1)
    private var bornSecond = 0
    /// How many events there were when the current second began.
    private var countBefore = 0
    /// The greatest number of events in a second, and when that was.
    private var peakCount = 0
    private var peakTime: Int64 = 0
    private var previous = PreviousEvents()

    /// Counters without an event.
    ///
    /// - Parameters:
    ///   - settings: How much is told apart.
    ///   - seed: A random number, which nobody who chooses names may know.
    package init(_ settings: Settings = Settings(), seed: UInt64 = .random(in: 0 ... .max)) {
        self.settings = settings
        let half = settings.rows / 2
        commands = HeavyHitters(capacity: 1024, nameSize: 64, seed: seed)
        keys = HeavyHitters(capacity: settings.rows, seed: seed)
        prefixes = HeavyHitters(capacity: half, seed: seed)
        clients = HeavyHitters(capacity: half, seed: seed)
        users = HeavyHitters(capacity: 1024, seed: seed)
        nodes = HeavyHitters(capacity: 1024, seed: seed)
        channels = HeavyHitters(capacity: half, seed: seed)
        patterns = HeavyHitters(capacity: 1024, seed: seed)
        keyEvents = HeavyHitters(capacity: 1024, nameSize: 64, seed: seed)
        largest = TopList(limit: settings.notable)
        slowest = TopList(limit: settings.notable)
    }

    /// How many events there were.
    package private(set) var events = 0

    /// How many events of one kind there were, by its name in JSON.
    package var eventsByKind: [(kind: String, count: Int)] {
        CountedEvent.Kind.allCases.map { ($0.name, kinds[$0.rawValue]) }
    }

    /// The databases that commands ran in, each with how many.
    package var commandsByDatabase: [(database: Int, count: Int)] {
        databases.enumerated().filter { $0.element > 0 }.map { ($0.offset, $0.element) }
    }

    /// The second with the most events, as far as whole seconds of the clock go.
    package var peak: (events: Int, time: Int64) {
        let current = events - countBefore
        return current > peakCount ? (current, (secondEnd - 1_000_000 - shift)) : (peakCount, peakTime)
    }

    /// How many events there were in a window, at the time of the last event, or at a later one that was noted.
    package func count(in window: RateWindow) -> WindowCount {
        let (count, start) = marks.count(
            0,
            window,
            at: time.second,
            last: second,
            count: UInt64(events),
            born: (bornSecond, 0)
        )
        return WindowCount(events: events - Int(clamping: count), seconds: time.covered(since: start))
    }

    /// Notes that it is later, without an event.
    package mutating func passes(_ time: Int64) {
        guard events > 0, time &+ shift > self.time.now else { return }
        self.time.now = time &+ shift
    }

    // MARK: Counting

    /// Counts an event.
    @inline(__always)
    mutating func add(_ event: borrowing CountedEvent) {
        advance(to: event.time)
        let size = event.size
        events &+= 1
        bytes &+= size
        kinds[event.kind.rawValue] &+= 1
        sizes.add(UInt64(truncatingIfNeeded: size))
        timeLine.add(at: event.time)
        noteGap(event)
        if largest.takes(UInt64(truncatingIfNeeded: size)) { noteLarge(event) }
        if event.node.byteCount > 0 { nodes.add(event.node, bytes: size, second: second) }
        switch event.kind {
        case .command:
            commands.add(event.name, bytes: size, second: second)
            if event.client.byteCount > 0 {
                clients.add(event.client, bytes: size, second: second)
            } else {
                scriptCommands &+= 1
            }
            if event.user.byteCount > 0 { users.add(event.user, bytes: size, second: second) }
        case .message, .patternMessage, .shardMessage:
            channels.add(event.name, bytes: size, second: second)
            if event.kind == .patternMessage { patterns.add(event.pattern, bytes: size, second: second) }
        case .key:
            keyEvents.add(event.name, bytes: size, second: second)
        }
        if let database = event.database { count(database) }
        if event.hasKey { add(key: event.key, size: size) }
    }

    /// Counts one more key of the event that was counted last.
    @inline(__always)
    mutating func add(key: RawSpan, size: Int = 0) {
        keys.add(key, bytes: size, second: second)
        var end = 0
        for _ in 0..<settings.prefixDepth {
            guard let found = key.firstIndex(of: settings.delimiter, from: end) else { break }
            end = found &+ 1
        }
        if end == 0 { unprefixed &+= 1 } else { prefixes.add(key.part(at: 0, count: end), bytes: size, second: second) }
    }

    /// Counts the channel of a command that publishes.
    mutating func add(channel: RawSpan, size: Int) { channels.add(channel, bytes: size, second: second) }

    /// Notes that something is missing.
    package mutating func add(_ incident: Incident) {
        incidents.add(incident)
        // What came before is not what came last.
        previous.interrupt()
    }

    /// Notes that the next event does not follow the one before: another file begins.
    package mutating func interrupt() { previous.interrupt() }

    @inline(__always)
    private mutating func count(_ database: Int) {
        if database < databases.count { databases[database] &+= 1 } else { countOther(database) }
    }

    @inline(never)
    private mutating func countOther(_ database: Int) {
        guard 0..<Self.mostDatabases ~= database else { return otherDatabases += 1 }
        databases += Array(repeating: 0, count: database + 1 - databases.count)
        databases[database] += 1
    }

    @inline(__always)
    private mutating func noteGap(_ event: borrowing CountedEvent) {
        let gap = previous.select(event.node, at: event.time)
        if gap >= 0 {
            gaps.add(UInt64(truncatingIfNeeded: gap))
            if slowest.takes(UInt64(truncatingIfNeeded: gap)) { noteSlow(gap) }
        }
        previous.keep(event)
    }

    @inline(never)
    private mutating func noteSlow(_ gap: Int64) { slowest.add(UInt64(gap), previous.event) }

    @inline(never)
    private mutating func noteLarge(_ event: borrowing CountedEvent) {
        let copy = NotableEvent(
            kind: event.kind.name,
            time: event.time,
            name: [UInt8](copying: event.name.part(at: 0, count: min(event.name.byteCount, 64))),
            key: event.hasKey ? [UInt8](copying: event.key.part(at: 0, count: min(event.key.byteCount, 128))) : nil,
            client: [UInt8](copying: event.client.part(at: 0, count: min(event.client.byteCount, 64))),
            node: [UInt8](copying: event.node.part(at: 0, count: min(event.node.byteCount, 128)))
        )
        largest.add(UInt64(event.size), copy)
    }

    /// Makes the time of an event the current one.
    @inline(__always)
    private mutating func advance(to eventTime: Int64) {
        let now = eventTime &+ shift
        if now >= time.now, now < secondEnd {
            time.now = now
        } else {
            step(to: eventTime)
        }
        if eventTime > last ?? .min { last = eventTime }
    }

    @inline(never)
    private mutating func step(to eventTime: Int64) {
        // Sums of times cannot overflow.
        let eventTime = min(max(eventTime, 0), 1 << 60)
        guard let earliest = first else {
            first = eventTime
            time = CountingTime(begun: eventTime, now: eventTime)
            begin(time.second)
            bornSecond = second
            return
        }
        let peak = self.peak
        first = min(earliest, eventTime)
        var now = eventTime + shift
        if now < time.now {
            // Events of several servers come a little out of order; anything else is another recording, or a clock
            // that was set.
            if time.now - now > 2_000_000 {
                backwardSteps += 1
                shift = time.now - eventTime
            }
            now = time.now
        }
        time.now = now
        let next = time.second
        guard next != second else { return }
        marks.advance(0, from: second, to: next, count: UInt64(events))
        (peakCount, peakTime) = (peak.events, peak.time)
        begin(next)
    }

    private mutating func begin(_ second: Int) {
        self.second = second
        secondEnd = (Int64(second) + 1) * 1_000_000
        countBefore = events
    }
}
