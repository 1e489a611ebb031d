import Foundation
import Glibc
import RedisTesting

/// A terminal that a process can write to, and what it has written there.
final class PseudoTerminal {
    /// The end that a process writes to.
    let terminal: FileHandle
    private let reader: Int32
    private var seen: [UInt8] = []

    init() throws {
        var (reader, writer): (Int32, Int32) = (-1, -1)
        guard unsafe openpty(&reader, &writer, nil, nil, nil) == 0 else { throw POSIXError(.ENXIO) }
        self.reader = reader
        terminal = FileHandle(fileDescriptor: writer, closeOnDealloc: true)
        // Another process that a test starts meanwhile must not hold it.
        for end in [reader, writer] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // What is written comes out as it is: no line feed becomes two characters.
        var settings = termios()
        unsafe tcgetattr(writer, &settings)
        unsafe cfmakeraw(&settings)
        unsafe tcsetattr(writer, TCSANOW, &settings)
        _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    }

    deinit { close(reader) }

    /// What has been written until now.
    var text: String {
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe read(reader, &piece, piece.count)
            guard count > 0 else { return String(decoding: seen, as: UTF8.self) }
            seen += piece.prefix(count)
        }
    }
}
