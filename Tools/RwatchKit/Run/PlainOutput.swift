import RedisCore

/// Lines on standard output for commands that print a result and end. Nothing is dropped: the command waits.
final class PlainOutput: Sendable {
    private let buffer = Locked<[UInt8]>([])
    private let pump: OutputPump

    init() throws(RedisError) {
        do { pump = try OutputPump(policy: .wait) } catch {
            throw RedisError(.systemFailure, "no file descriptor or thread is available for the output")
        }
    }

    func line(_ text: String) { bytes(Array(text.utf8) + [UInt8(ascii: "\n")]) }

    func bytes(_ bytes: [UInt8]) {
        let isFull = buffer.withLock { buffer in
            buffer += bytes
            return buffer.count >= 64 << 10
        }
        if isFull { flush() }
    }

    func flush() {
        let chunk = buffer.withLock { exchange(&$0, with: []) }
        if !chunk.isEmpty { _ = pump.submit(chunk: chunk, events: 0) }
    }

    /// Writes everything. Returns the failure, if there was one.
    func finish() -> OutputFailure? {
        flush()
        return pump.finish()
    }
}
