import RedisPOSIX
import RedisReactor

/// A counting semaphore that can be waited for together with another descriptor: a pipe of single bytes.
final class WakePipe: Sendable {
    private let readEnd: Int32
    private let writeEnd: Int32

    init() throws(RedisSystemError) {
        (readEnd, writeEnd) = try RawOutput.makePipe().get()
    }

    deinit {
        close(readEnd)
        close(writeEnd)
    }

    /// Adds tokens.
    func signal(_ count: Int = 1) {
        // A pipe holds 64 Ki tokens and there is at most one for each waiting thread, so no write finds it full.
        for _ in 0..<count { _ = RawOutput.write([1], from: 0, to: writeEnd) }
    }

    /// Why a wait is over.
    enum Wake: Equatable {
        case token
        case timeout
        /// The poll(2) bits of the other descriptor.
        case event(Int32)
    }

    /// Waits for a token and takes it. Returns `false` when `deadline` came first.
    func wait(until deadline: ContinuousClock.Instant? = nil) -> Bool { wait(watching: -1, until: deadline) == .token }

    /// Waits for a token and takes it, for an event on another descriptor, or for the deadline.
    ///
    /// - Parameters:
    ///   - descriptor: The other descriptor; a negative one is not watched.
    ///   - events: The poll(2) bits of what is waited for there; that it is closed or has failed is always told.
    ///   - deadline: How long to wait; `nil` for ever.
    /// - Returns: Why the wait is over.
    func wait(
        watching descriptor: Int32,
        for events: Int32 = 0,
        until deadline: ContinuousClock.Instant? = nil
    ) -> Wake {
        while !RawOutput.readByte(of: readEnd) {
            var milliseconds: Int32 = -1
            if let deadline {
                let rest = deadline - ContinuousClock.now
                guard rest > .zero else { return .timeout }
                // Rounded up, so that the last turn does not spin, and limited, so that it fits.
                let (seconds, attoseconds) = min(rest, .seconds(3_600)).components
                milliseconds = Int32(seconds * 1_000 + attoseconds / 1_000_000_000_000_000) + 1
            }
            let found = RawOutput.poll((readEnd, POLLIN), (descriptor, events), milliseconds: milliseconds).second
            if found != 0 { return .event(found) }
        }
        return .token
    }
}
