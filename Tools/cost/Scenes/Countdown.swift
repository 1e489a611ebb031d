import Glibc
import Synchronization

/// Counts messages down, and ends the process with the last one: nothing after it is counted.
final class Countdown: Sendable {
    private let left: Atomic<Int>

    init(_ messages: Int) { left = Atomic(messages) }

    /// One message of 16 bytes has arrived. Another size is another message than the feeder's.
    @inline(__always)
    func message(_ byteCount: Int) {
        guard byteCount == 16 else { Self.fail("a message of \(byteCount) bytes") }
        line()
    }

    /// One message, of whatever size.
    @inline(__always)
    func line() {
        if left.subtract(1, ordering: .relaxed).newValue == 0 { exit(0) }
    }

    /// Ends the process because a scene is not what it should be.
    static func fail(_ text: String) -> Never {
        print("cost: \(text)")
        exit(70)
    }
}
