/// A terminal that a program draws on: how it was before, and the way back there.
package enum TerminalMode {
    /// How a terminal was set, so that it can be set so again.
    package struct Saved: Sendable {
        fileprivate let settings: termios
        fileprivate let descriptor: Int32
    }

    /// The descriptor that keys come from: standard input, or the terminal that controls the process; `nil` when
    /// neither is a terminal. A descriptor that was opened for that stays open.
    package static func keyboard() -> Int32? {
        if isatty(0) == 1 { return 0 }
        return opened.withLock { opened in
            if let opened { return opened }
            let descriptor = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
            guard descriptor >= 0 else { return nil }
            opened = descriptor
            return descriptor
        }
    }

    private static let opened = Locked<Int32?>(nil)

    /// Has each key reported at once and not shown. Keys that send signals go on doing so, and reading never blocks.
    ///
    /// - Parameters:
    ///   - descriptor: The terminal.
    ///   - leave: What has to be written to the terminal when the process ends by a signal of its own mistake.
    ///   - former: How it was before it was entered, if it was entered already.
    /// - Returns: The way back.
    /// - Throws: Why it is no terminal that can be set so.
    package static func enter(_ descriptor: Int32, leaving leave: [UInt8], _ former: Saved? = nil)
        throws(RedisSystemError) -> Saved
    {
        var settings = termios()
        guard unsafe tcgetattr(descriptor, &settings) == 0 else { throw .last("tcgetattr") }
        let saved = former ?? Saved(settings: settings, descriptor: descriptor)
        settings = saved.settings
        unsafe leave.withUnsafeBytes { bytes in
            unsafe redis_events_guard_terminal(descriptor, &settings, bytes.baseAddress, UInt(bytes.count))
        }
        settings.c_lflag &= ~tcflag_t(ICANON | ECHO | ECHONL | IEXTEN)
        settings.c_iflag &= ~tcflag_t(IXON | ICRNL | INLCR | ISTRIP)
        unsafe withUnsafeMutableBytes(of: &settings.c_cc) { keys in
            unsafe keys[Int(VMIN)] = 0
            unsafe keys[Int(VTIME)] = 0
        }
        guard unsafe tcsetattr(descriptor, TCSADRAIN, &settings) == 0 else { throw .last("tcsetattr") }
        return saved
    }

    /// Sets the terminal as it was. What was typed and not read is left to whoever reads next.
    package static func restore(_ saved: Saved) {
        redis_events_release_terminal()
        var settings = saved.settings
        // Waiting for the output to be shown could take for ever at a terminal that was stopped.
        _ = unsafe tcsetattr(saved.descriptor, TCSANOW, &settings)
    }

    /// Whether the terminal belongs to another group of processes: who is in the background must not set it.
    package static func isOfOthers(_ descriptor: Int32) -> Bool {
        let group = tcgetpgrp(descriptor)
        return group > 0 && group != getpgrp()
    }

    /// Reads what was typed; empty when nothing was, `nil` when the terminal is gone.
    package static func read(_ descriptor: Int32) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe RedisPOSIX.read(descriptor, $0.baseAddress, $0.count) }
        if count < 0 { return errno == EINTR || errno == EAGAIN ? [] : nil }
        return Array(bytes[..<count])
    }

    /// How many columns and rows a terminal has; `nil` when it does not tell.
    package static func size(of descriptor: Int32) -> (columns: Int, rows: Int)? {
        let size = redis_events_terminal_size(descriptor)
        let (columns, rows) = (Int(size >> 16), Int(size & 0xffff))
        return columns > 0 && rows > 0 ? (columns, rows) : nil
    }
}
