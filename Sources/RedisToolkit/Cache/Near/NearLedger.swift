internal import RedisCore
internal import RedisEvents

/// Which values are kept under which keys, and which of the current reads may be kept. A plain value.
struct NearLedger: Sendable {
    /// Whether changes are reported, and for which reads none was missed.
    var tickets: ReadTickets
    /// The number of the value that is kept for a key.
    var numbers: [RedisBytes: Int] = [:]
    /// Whether the watch has begun.
    var hasStarted = false
    /// Whether a link of the watch is lost.
    var isLost = false

    init(prefixes: [RedisBytes]) { tickets = ReadTickets(prefixes: prefixes) }

    /// Whether changes are reported.
    var isHeard: Bool { hasStarted && !isLost }
}
