import Glibc
import RedisEvents

/// Counts messages, and ends the process with a report when all have come. With `--acknowledge DESCRIPTOR --every N` it writes
/// a byte there for each N messages, which lets the feeder go on.
///
/// Used by one thread at a time, whichever; a lock would be measured along with the library.
final class Counter: @unchecked Sendable {
    private let wanted: Int
    private let descriptor: Int32
    private let every: Int
    /// Up to here there is nothing to do but to count.
    private var pause: Int
    private var seen = 0
    private var bytes = 0
    private var dropped = 0
    private var droppedBytes = 0
    private var begin = Cost(cpu: 0, wall: 0)

    init(_ arguments: Arguments) {
        wanted = arguments.messages
        descriptor = Int32(arguments.number("--acknowledge", or: -1))
        every = arguments.number("--every", or: wanted)
        pause = min(every, wanted)
    }

    @inline(__always)
    func message(_ length: Int) {
        if seen &+ dropped == 0 { begin = .now() }
        seen &+= 1
        bytes &+= length
        if seen &+ dropped >= pause { reachedPause() }
    }

    func drop(_ drop: Drop) {
        if seen + dropped == 0 { begin = .now() }
        dropped += drop.count
        droppedBytes += drop.bytes
        if seen + dropped >= pause { reachedPause() }
    }

    private func reachedPause() {
        if seen + dropped >= wanted { report() }
        var byte: UInt8 = 0
        while pause <= seen + dropped {
            pause += every
            write(descriptor, &byte, 1)
        }
        pause = min(pause, wanted)
    }

    private func report() -> Never {
        let end = Cost.now()
        Report.end([
            ("messages", seen), ("bytes", bytes), ("dropped", dropped), ("dropped_bytes", droppedBytes),
            ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall), ("peak_kib", Memory.peak),
        ])
    }
}
