import RedisPOSIX

/// Where a pump's thread writes to. It is made and used on that thread alone, and may block.
protocol OutputWriter: AnyObject {
    /// Begins to write. Returns why that is not possible.
    func begin() -> OutputFailure?

    /// Writes a chunk of whole events. Returns why that was not possible.
    func write(_ chunk: borrowing [UInt8]) -> OutputFailure?

    /// A descriptor whose hang-up ends the output while there is nothing to write; -1 when there is none.
    var watchedDescriptor: Int32 { get }

    /// When `deadlinePassed` has to be called while there is nothing to write.
    var deadline: ContinuousClock.Instant? { get }

    func deadlinePassed() -> OutputFailure?

    /// Begins a new file, if the output is one.
    func reopen() -> OutputFailure?

    /// Ends the output. Called once, also after a failure.
    func finish() -> OutputFailure?
}

/// Writes to an open descriptor, which stays open.
final class DescriptorWriter: OutputWriter {
    private let descriptor: Int32
    private let isAbandoned: () -> Bool
    let watchedDescriptor: Int32

    /// `isAbandoned` says whether nobody waits for the rest of a chunk any more.
    init(_ descriptor: Int32, isAbandoned: @escaping () -> Bool) {
        self.descriptor = descriptor
        self.isAbandoned = isAbandoned
        // What poll(2) can report the end of its reader for: pipes, sockets, terminals.
        watchedDescriptor =
            switch RawOutput.fileType(of: descriptor) {
            case S_IFIFO, S_IFSOCK: descriptor
            case S_IFCHR: Terminal.isTerminal(descriptor) ? descriptor : -1
            default: -1
            }
    }

    func begin() -> OutputFailure? { nil }

    func write(_ chunk: borrowing [UInt8]) -> OutputFailure? {
        var offset = 0
        while offset < chunk.count {
            let result = RawOutput.write(chunk, from: offset, to: descriptor)
            if result >= 0 {
                offset += result
                continue
            }
            switch Int32(-result) {
            case EINTR:
                continue
            case EAGAIN:
                // Another process that shares the terminal or the pipe has made it nonblocking.
                _ = RawOutput.poll((descriptor, POLLOUT), milliseconds: 1_000)
                if isAbandoned() { return nil }
            case EPIPE:
                return .readerGone
            case let number:
                return .failed(number)
            }
        }
        return nil
    }

    var deadline: ContinuousClock.Instant? { nil }

    func deadlinePassed() -> OutputFailure? { nil }

    func reopen() -> OutputFailure? { nil }

    func finish() -> OutputFailure? { nil }
}
