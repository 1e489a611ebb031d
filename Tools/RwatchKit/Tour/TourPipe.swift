import RedisPOSIX
import RedisReactor

/// A pipe for the output of a command that the tour does not read at once. It is read by one task.
final class TourPipe: Sendable {
    private struct State {
        var excerpt = TourExcerpt()
        var hasEnded = false
    }

    private let readEnd: Int32
    /// What the command writes to.
    let writeEnd: Int32
    private let isClosed = Locked(false)
    private let state = Locked(State())

    init() throws(RedisSystemError) {
        (readEnd, writeEnd) = try RawOutput.makePipe().get()
        // A command expects that writing waits.
        _ = fcntl(writeEnd, F_SETFL, 0)
    }

    deinit {
        closeWriteEnd()
        close(readEnd)
    }

    /// Leaves the end that is written to to the command alone.
    func closeWriteEnd() { if !isClosed.withLock({ exchange(&$0, with: true) }) { close(writeEnd) } }

    /// What was read.
    var excerpt: TourExcerpt { state.withLock { $0.excerpt } }

    /// Whether the command has closed its end, and all is read.
    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// Reads what is there now, without waiting.
    func read() {
        state.withLock { state in
            while true {
                guard let bytes = TerminalMode.read(readEnd), !bytes.isEmpty else { break }
                state.excerpt.add(bytes)
            }
            // At the end there is nothing to read, and nothing to wait for.
            if RawOutput.poll((readEnd, POLLIN), milliseconds: 0).first == POLLHUP { state.hasEnded = true }
        }
    }
}
