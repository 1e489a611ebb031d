/// The terminal that controls this process, for what must not stand in the command line.
package enum TerminalInput {
    /// Writes a question to the terminal and reads a line that is not shown.
    ///
    /// - Returns: The line, without its end; `nil` when the input ends before.
    /// - Throws: When there is no terminal.
    package static func readSecret(asking question: String) throws(RedisSystemError) -> [UInt8]? {
        let descriptor = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw .last("open /dev/tty") }
        defer { _ = close(descriptor) }
        var settings = termios()
        guard unsafe tcgetattr(descriptor, &settings) == 0 else { throw .last("tcgetattr") }
        let shown = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        settings.c_lflag |= tcflag_t(ICANON | ECHONL)
        guard unsafe tcsetattr(descriptor, TCSAFLUSH, &settings) == 0 else { throw .last("tcsetattr") }
        defer { restore(shown, descriptor) }
        show(question, descriptor)
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = unsafe read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            if byte == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
    }

    private static func restore(_ settings: termios, _ descriptor: Int32) {
        var settings = settings
        _ = unsafe tcsetattr(descriptor, TCSAFLUSH, &settings)
    }

    private static func show(_ text: String, _ descriptor: Int32) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
    }
}
