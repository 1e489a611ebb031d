import RedisRESP

/// The last events of a watch, in bounded memory. It belongs to whoever counts. A plain value.
///
/// To keep an event costs a few moves of bytes and no allocation; only who looks at events has them made into lines.
package struct EventTail: Sendable {
    /// What an event is kept as: how its line is made of its parts.
    private enum Form: Sendable {
        /// The text is the line.
        case command
        /// The text is the payload, the name is the channel.
        case message
        case patternMessage
        case shardMessage
        /// There is no text; the name is the event.
        case key
    }

    /// Where the parts of an event lie in the bytes: behind one another, in the order of these lengths.
    private struct Place: BitwiseCopyable, Sendable {
        var form = Form.command
        var time: Int64 = 0
        var database = 0
        var start = 0
        var text: UInt16 = 0
        var name: UInt16 = 0
        var key: UInt16 = 0
        var client: UInt16 = 0
        var node: UInt16 = 0
        var pattern: UInt16 = 0
        var hasKey = false

        var end: Int { start + Int(text) + Int(name) + Int(key) + Int(client) + Int(node) + Int(pattern) }
    }

    /// How much is kept for all events together. Events with long texts are fewer.
    private static let capacity = 512 << 10

    private let most: Int
    private var places: [Place] = []
    private var bytes: [UInt8] = []
    /// The number of the oldest event that is kept, and of the next one.
    private var oldest = 0
    private var next = 0
    /// Where the bytes of the next event begin, if they have room there.
    private var end = 0

    /// Keeps at most so many.
    package init(most: Int = 2048) { self.most = max(most, 1) }

    // MARK: Keeping

    /// Keeps the line of a command.
    mutating func add(
        command line: RawSpan,
        at time: Int64,
        name: RawSpan,
        key: RawSpan,
        hasKey: Bool,
        client: RawSpan,
        node: RawSpan
    ) {
        let place = Place(form: .command, time: time, hasKey: hasKey)
        add(place, text: line, name: name, key: key, client: client, node: node, pattern: RawSpan())
    }

    /// Keeps a message.
    mutating func add(
        _ kind: CountedEvent.Kind,
        at time: Int64,
        channel: RawSpan,
        pattern: RawSpan,
        payload: RawSpan,
        node: RawSpan
    ) {
        let form: Form =
            switch kind {
            case .patternMessage: .patternMessage
            case .shardMessage: .shardMessage
            case .message, .command, .key: .message
            }
        let place = Place(form: form, time: time)
        add(place, text: payload, name: channel, key: RawSpan(), client: RawSpan(), node: node, pattern: pattern)
    }

    /// Keeps an event of a key.
    mutating func add(event: RawSpan, key: RawSpan, database: Int, at time: Int64, node: RawSpan) {
        let place = Place(form: .key, time: time, database: database, hasKey: true)
        add(place, text: RawSpan(), name: event, key: key, client: RawSpan(), node: node, pattern: RawSpan())
    }

    private mutating func add(
        _ form: Place,
        text: RawSpan,
        name: RawSpan,
        key: RawSpan,
        client: RawSpan,
        node: RawSpan,
        pattern: RawSpan
    ) {
        var place = form
        place.text = Self.kept(text, TailEvent.longestLine)
        place.name = Self.kept(name, TailEvent.longestLine)
        place.key = Self.kept(key, TailEvent.longestLine)
        place.client = Self.kept(client, TailEvent.longestName)
        place.node = Self.kept(node, TailEvent.longestName)
        place.pattern = Self.kept(pattern, TailEvent.longestLine)
        place.start = end
        makeRoom(for: &place)
        var offset = place.start
        append(text, place.text, &offset)
        append(name, place.name, &offset)
        append(key, place.key, &offset)
        append(client, place.client, &offset)
        append(node, place.node, &offset)
        append(pattern, place.pattern, &offset)
        end = offset
        if places.count < most { places.append(place) } else { places[next % most] = place }
        next += 1
    }

    @inline(__always)
    private static func kept(_ part: RawSpan, _ limit: Int) -> UInt16 {
        UInt16(truncatingIfNeeded: min(part.byteCount, limit))
    }

    @inline(__always)
    private mutating func append(_ part: RawSpan, _ count: UInt16, _ offset: inout Int) {
        RawOutput.copy(part.part(at: 0, count: Int(count)), to: &bytes, at: offset)
        offset += Int(count)
    }

    /// Forgets the events whose place or bytes an event takes. They are the oldest ones.
    private mutating func makeRoom(for place: inout Place) {
        if bytes.isEmpty { bytes = Array(repeating: 0, count: Self.capacity) }
        if place.end > bytes.count {
            // What lies behind the last event came before everything else.
            while oldest < next, places[oldest % most].start >= end { oldest += 1 }
            place.start = 0
        }
        while oldest < next, overlaps(places[oldest % most], place) { oldest += 1 }
        if next - oldest == most { oldest += 1 }
    }

    private func overlaps(_ old: Place, _ new: Place) -> Bool { old.start < new.end && old.end > new.start }

    // MARK: Looking

    /// The last events that fulfil a condition, the newest last.
    package func last(_ limit: Int, _ isWanted: (TailEvent) -> Bool = { _ in true }) -> [TailEvent] {
        var found: [TailEvent] = []
        for number in (oldest..<next).reversed() where found.count < limit {
            let event = event(number)
            if isWanted(event) { found.append(event) }
        }
        return found.reversed()
    }

    private func event(_ number: Int) -> TailEvent {
        let place = places[number % most]
        var offset = place.start
        func part(_ count: UInt16) -> [UInt8] {
            defer { offset += Int(count) }
            return Array(bytes[offset..<(offset + Int(count))])
        }
        let (text, name, key) = (part(place.text), part(place.name), part(place.key))
        let (client, node, pattern) = (part(place.client), part(place.node), part(place.pattern))
        return TailEvent(
            number: number,
            time: place.time,
            line: line(place, text, name, key, pattern),
            name: Array(name.prefix(TailEvent.longestName)),
            key: place.hasKey ? Array(key.prefix(TailEvent.longestName)) : nil,
            client: client,
            node: node
        )
    }

    private func line(
        _ place: Place,
        _ text: [UInt8],
        _ name: [UInt8],
        _ key: [UInt8],
        _ pattern: [UInt8]
    ) -> [UInt8] {
        let (time, name, text) = (place.time, name.rawSpan, text.rawSpan)
        var line = OutputBuffer(capacity: 256)
        switch place.form {
        case .command: return [UInt8](copying: text)
        case .message: EventText.message(at: time, channel: name, payload: text, to: &line)
        case .shardMessage: EventText.shardMessage(at: time, channel: name, payload: text, to: &line)
        case .patternMessage:
            EventText.patternMessage(at: time, pattern: pattern.rawSpan, channel: name, payload: text, to: &line)
        case .key: EventText.keyEvent(at: time, database: place.database, event: name, key: key.rawSpan, to: &line)
        }
        let bytes = line.take()
        return Array((bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]).prefix(TailEvent.longestLine))
    }
}
