import Foundation
import Glibc
import RedisReactor

/// A terminal that a process can write to, and what it has written there. A thread reads it all the time.
final class PseudoTerminal: Sendable {
    /// The end that a process writes to. What it has written last is known when this end is closed here, too.
    let terminal: FileHandle

    private struct Content {
        var bytes: [UInt8] = []
        var count = 0
        var hasEnded = false
    }

    private let content: Locked<Content>

    /// No more is kept, though all is read and counted.
    private static let limit = 1 << 20

    /// The end that a keyboard writes to. It is closed when nobody holds the other end.
    private let keyboard: Int32

    /// Makes a terminal.
    ///
    /// - Parameters:
    ///   - columns: How many columns it has; 0 for one that does not tell.
    ///   - rows: How many rows it has.
    ///   - isRaw: Whether what is written comes out as it is. Otherwise it is set as a shell leaves it.
    /// - Throws: When the system has no terminal left.
    init(columns: Int = 0, rows: Int = 25, isRaw: Bool = true) throws {
        var (reader, writer): (Int32, Int32) = (-1, -1)
        guard unsafe openpty(&reader, &writer, nil, nil, nil) == 0 else { throw POSIXError(.ENXIO) }
        terminal = FileHandle(fileDescriptor: writer, closeOnDealloc: true)
        // Another process that a test starts meanwhile must not hold it.
        for end in [reader, writer] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // What is written comes out as it is: no line feed becomes two characters.
        var settings = termios()
        unsafe tcgetattr(writer, &settings)
        if isRaw { unsafe cfmakeraw(&settings) }
        unsafe tcsetattr(writer, TCSANOW, &settings)
        keyboard = reader
        Self.resize(writer, columns, rows)
        let content = Locked(Content())
        self.content = content
        Thread.detachNewThread { [reader] in
            var piece = [UInt8](repeating: 0, count: 16 << 10)
            while true {
                // It fails when nobody holds the other end.
                let count = unsafe read(reader, &piece, piece.count)
                guard count > 0 else { break }
                content.withLock { content in
                    content.bytes += piece[..<min(count, max(Self.limit - content.bytes.count, 0))]
                    content.count += count
                }
            }
            close(reader)
            content.withLock { $0.hasEnded = true }
        }
    }

    /// Makes the terminal narrower or wider. Its end for the process must still be open here.
    func resize(columns: Int, rows: Int = 25) { Self.resize(terminal.fileDescriptor, columns, rows) }

    /// Types a text. Some process must still hold the terminal.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(keyboard, $0.baseAddress, $0.count) }
    }

    /// How the terminal is set, as `stty -g` tells it.
    var settings: [UInt64] {
        var settings = termios()
        guard unsafe tcgetattr(terminal.fileDescriptor, &settings) == 0 else { return [] }
        let flags = [settings.c_iflag, settings.c_oflag, settings.c_cflag, settings.c_lflag].map { UInt64($0) }
        let keys = unsafe withUnsafeBytes(of: settings.c_cc) { unsafe $0.map { UInt64($0) } }
        return flags + keys
    }

    private static func resize(_ descriptor: Int32, _ columns: Int, _ rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = unsafe ioctl(descriptor, UInt(TIOCSWINSZ), &size)
    }

    /// What has been written until now, up to a limit.
    var bytes: [UInt8] { content.withLock { $0.bytes } }
    /// What has been written until now, as text.
    var text: String { String(decoding: bytes, as: UTF8.self) }
    /// How much was written.
    var count: Int { content.withLock { $0.count } }
    /// Whether nobody writes there any more, and all of it is here.
    var hasEnded: Bool { content.withLock { $0.hasEnded } }
}
