import Glibc
import RedisEvents

/// Counts messages, and ends the process with a report when all have come. With `--held` the feeder waits until all is
/// ready; with `--acknowledge DESCRIPTOR --every N` also for a byte there for each N messages.
///
/// Used by one thread at a time, whichever, so that its state goes unchecked; a lock would be measured along with the
/// library.
final class Counter: Sendable {
    private let wanted: Int
    private let isHeld: Bool
    private let descriptor: Int32
    private let every: Int
    /// Up to here there is nothing to do but to count.
    private nonisolated(unsafe) var pause: Int
    private nonisolated(unsafe) var seen = 0
    private nonisolated(unsafe) var bytes = 0
    private nonisolated(unsafe) var dropped = 0
    private nonisolated(unsafe) var droppedBytes = 0
    private nonisolated(unsafe) var begin: Cost?

    init(_ arguments: Arguments) {
        wanted = arguments.messages
        isHeld = arguments.options.contains("--held")
        descriptor = Int32(arguments.number("--acknowledge", or: -1))
        every = arguments.number("--every", or: wanted)
        pause = min(every, wanted)
    }

    /// All is subscribed. From here on it costs, and not from the first message that a reader sees: by then the loop
    /// may have taken in a whole buffer of them.
    func start() {
        guard isHeld else { return }
        begin = .now()
        if descriptor >= 0 { acknowledge() } else { Report.ready() }
    }

    @inline(__always)
    func message(_ length: Int) {
        if begin == nil { begin = .now() }
        seen &+= 1
        bytes &+= length
        if seen &+ dropped >= pause { reachedPause() }
    }

    func drop(_ drop: RedisDrop) {
        if begin == nil { begin = .now() }
        dropped += drop.count
        droppedBytes += drop.bytes
        if seen + dropped >= pause { reachedPause() }
    }

    private func reachedPause() {
        if seen + dropped >= wanted { report() }
        while pause <= seen + dropped {
            pause += every
            acknowledge()
        }
        pause = min(pause, wanted)
    }

    private func acknowledge() {
        var byte: UInt8 = 0
        write(descriptor, &byte, 1)
    }

    private func report() -> Never {
        let end = Cost.now()
        let begin = begin ?? end
        Report.end([
            ("messages", seen), ("bytes", bytes), ("dropped", dropped), ("dropped_bytes", droppedBytes),
            ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall), ("peak_kib", Memory.peak),
        ])
    }
}
