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

    /// Waits for a token and takes it. Returns `false` when `deadline` came first.
    func wait(until deadline: ContinuousClock.Instant? = nil) -> Bool {
        while !RawOutput.readByte(of: readEnd) {
            var milliseconds: Int32 = -1
            if let deadline {
                let rest = deadline - ContinuousClock.now
                guard rest > .zero else { return false }
                // Rounded up, so that the last turn does not spin, and limited, so that it fits.
                let (seconds, attoseconds) = min(rest, .seconds(3_600)).components
                milliseconds = Int32(seconds * 1_000 + attoseconds / 1_000_000_000_000_000) + 1
            }
            _ = RawOutput.poll((readEnd, POLLIN), milliseconds: milliseconds)
        }
        return true
    }

    /// Waits for a token and takes it, or for an event on another descriptor. Returns the poll(2) bits of that
    /// descriptor.
    func wait(watching descriptor: Int32) -> Int32 {
        while true {
            if RawOutput.readByte(of: readEnd) { return 0 }
            let trouble = RawOutput.poll((readEnd, POLLIN), (descriptor, 0), milliseconds: -1).second
            if trouble != 0 { return trouble }
        }
    }
}
