import RedisRESP
package import RwatchKit

/// What waits for one reader of the page or of `/events`, in the form in which it is sent. It is bounded: events for
/// which there is no room are counted, and a record tells of them at exactly their place. A plain value.
package struct EventQueue: ~Copyable {
    /// How a reader gets events.
    package enum Form: Sendable {
        /// As server-sent events: those of one turn together, each on a line of its own.
        case page
        /// As lines of JSON.
        case lines
    }

    /// How much may wait.
    package struct Limits: Sendable {
        package var events: Int
        package var bytes: Int

        package init(events: Int, bytes: Int) {
            self.events = events
            self.bytes = bytes
        }

        /// What a page gets in a fifth of a second: nobody reads more lines, and it must stay responsive.
        package static let page = Limits(events: 50, bytes: 128 << 10)
        /// A burst of a second or more, for a program.
        package static let lines = Limits(events: 100_000, bytes: 8 << 20)
    }

    /// Events in a row that had no room.
    private struct Missed {
        /// When the first of them came, in microseconds since the epoch.
        var from: Int64
        var events = 0
        var bytes = 0
        /// Records of gaps that had no room either.
        var records = 0
    }

    private let form: Form
    private let limits: Limits
    private var buffer = OutputBuffer(capacity: 4096)
    private var missed: Missed?
    /// How many events wait.
    package private(set) var count = 0
    /// How many events had no room so far.
    package private(set) var missedEvents = 0

    package init(_ form: Form, limits: Limits) {
        self.form = form
        self.limits = limits
    }

    /// Whether nothing waits.
    package var isEmpty: Bool { buffer.isEmpty && missed == nil }

    /// How many bytes wait.
    package var bytes: Int { buffer.count }

    /// Adds an event if there is room.
    ///
    /// - Parameters:
    ///   - size: How many bytes the event itself has.
    ///   - time: The current time, in microseconds since the epoch.
    ///   - format: Appends the event and a line feed. It is not called without room.
    package mutating func add(
        size: Int,
        at time: @autoclosure () -> Int64,
        _ format: (inout OutputBuffer) -> Void
    ) {
        guard missed == nil, count < limits.events, buffer.count + size <= limits.bytes else {
            return miss(size: size, at: time())
        }
        begin()
        format(&buffer)
        count += 1
    }

    /// Adds a record, for which there is more room than for events: one that tells of a gap must not be lost to a
    /// burst.
    package mutating func add(record format: (inout OutputBuffer) -> Void, at time: Int64) {
        guard buffer.count <= 2 * limits.bytes else {
            missed = missed ?? Missed(from: time)
            missed?.records += 1
            return
        }
        closeMissed(at: time)
        begin()
        format(&buffer)
    }

    /// Notes events that were missed while nobody was connected.
    package mutating func miss(_ events: Int, since from: Int64) {
        missed = missed ?? Missed(from: from)
        missed?.events += events
        missedEvents += events
    }

    private mutating func miss(size: Int, at time: Int64) {
        missed = missed ?? Missed(from: time)
        missed?.events += 1
        missed?.bytes += size
        missedEvents += 1
    }

    /// Takes what waits, as it is sent.
    ///
    /// - Parameters:
    ///   - time: The current time, in microseconds since the epoch.
    ///   - id: The number by which a browser that comes back tells what it has seen.
    /// - Returns: The bytes; empty when nothing waits.
    package mutating func take(at time: Int64, id: Int) -> [UInt8] {
        closeMissed(at: time)
        guard !buffer.isEmpty else { return [] }
        count = 0
        let lines = buffer.take()
        guard form == .page else { return lines }
        var message = OutputBuffer(capacity: lines.count + 64)
        message.append(literal: "event: events\nid: ")
        message.append(integer: id)
        message.append(literal: "\n")
        message.append(lines)
        message.append(literal: "\n")
        return message.take()
    }

    private mutating func begin() { if form == .page { buffer.append(literal: "data: ") } }

    /// Puts the record of what had no room behind what had.
    private mutating func closeMissed(at time: Int64) {
        guard let missed = exchange(&missed, with: nil) else { return }
        begin()
        if form == .lines, missed.records == 0 {
            var loss = OutputLoss(from: missed.from)
            loss.events = missed.events
            loss.bytes = missed.bytes
            EventJSON.drop(loss, at: time, to: &buffer)
            return
        }
        buffer.append(literal: form == .page ? "{\"v\":1,\"kind\":\"missed\"" : "{\"v\":1,\"kind\":\"drop\"")
        buffer.append(literal: ",\"ts\":")
        buffer.append(timestamp: time)
        buffer.append(literal: ",\"from\":")
        buffer.append(timestamp: missed.from)
        buffer.member("count", missed.events)
        buffer.member("bytes", missed.bytes)
        if missed.records > 0 { buffer.member("records", missed.records) }
        buffer.append(literal: "}\n")
    }
}
