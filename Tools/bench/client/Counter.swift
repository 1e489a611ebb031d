import RedisEvents

/// Counts messages, and ends the process with a report when all have come.
///
/// Used by one thread at a time, whichever; a lock would be measured along with the library.
final class Counter: @unchecked Sendable {
    private let wanted: Int
    private var seen = 0
    private var bytes = 0
    private var dropped = 0
    private var droppedBytes = 0
    private var begin = Cost(cpu: 0, wall: 0)

    init(wanted: Int) { self.wanted = wanted }

    @inline(__always)
    func message(_ length: Int) {
        if seen &+ dropped == 0 { begin = .now() }
        seen &+= 1
        bytes &+= length
        if seen &+ dropped >= wanted { report() }
    }

    func drop(_ drop: Drop) {
        if seen + dropped == 0 { begin = .now() }
        dropped += drop.count
        droppedBytes += drop.bytes
        if seen + dropped >= wanted { report() }
    }

    private func report() -> Never {
        let end = Cost.now()
        Report.end([
            ("messages", seen), ("bytes", bytes), ("dropped", dropped), ("dropped_bytes", droppedBytes),
            ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall), ("peak_kib", Memory.peak),
        ])
    }
}
