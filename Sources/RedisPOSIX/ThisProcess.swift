/// Functions for the process as a whole.
package enum ThisProcess {
    /// Ends the process by a signal's default action, so that a shell sees how it ended.
    package static func die(by number: Int32) -> Never {
        _ = signal(number, SIG_DFL)
        var set = sigset_t()
        unsafe sigemptyset(&set)
        unsafe sigaddset(&set, number)
        unsafe pthread_sigmask(SIG_UNBLOCK, &set, nil)
        raise(number)
        exit(128 + number)
    }

    /// Whether a signal is ignored. A signal that was ignored when the process began (`nohup`, a shell's background)
    /// should stay ignored.
    package static func ignores(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        // SIG_IGN is a number in place of a function.
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }

    /// Stops the process, as the terminal's Ctrl-Z does by default, and returns when it is continued (SIGCONT).
    package static func stop() { raise(SIGSTOP) }

    /// The arguments of the command line behind the program's name, byte for byte. (`CommandLine.arguments` puts U+FFFD
    /// where they are not UTF-8.)
    package static var arguments: [[UInt8]] {
        (1..<max(Int(CommandLine.argc), 1)).compactMap { index in
            guard let argument = unsafe CommandLine.unsafeArgv[index] else { return nil }
            return unsafe bytes(of: argument)
        }
    }

    /// The path of the program that this process executes.
    ///
    /// - Throws: When the system does not tell it.
    package static func executable() throws(RedisSystemError) -> [UInt8] {
        var path = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = unsafe path.withUnsafeMutableBytes { room in
            guard let base = room.baseAddress else { return 0 }
            return unsafe readlink("/proc/self/exe", base.assumingMemoryBound(to: CChar.self), room.count)
        }
        guard count > 0 else { throw .last("readlink") }
        return Array(path[..<count])
    }

    private static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        let length = unsafe strlen(text)
        return unsafe UnsafeRawBufferPointer(start: text, count: length).map(\.self)
    }

    /// Overwrites a part of an argument of the command line with `x`, so that the process list does not show it.
    ///
    /// - Parameters:
    ///   - index: The number of the argument; 0 is the program's name.
    ///   - range: The bytes to overwrite.
    package static func hideArgument(_ index: Int, _ range: Range<Int>) {
        guard index < Int(CommandLine.argc), let argument = unsafe CommandLine.unsafeArgv[index] else { return }
        let length = unsafe strlen(argument)
        for offset in range where offset < length { unsafe argument[offset] = CChar(UInt8(ascii: "x")) }
    }

    /// Opens `/dev/null` for those of the descriptors 0 to 2 that are closed. Otherwise a socket would get such a
    /// number, and output would be written to it. Must be called before anything else.
    ///
    /// A closed standard input still cannot be read, because an empty input would mean something else.
    ///
    /// - Returns: Whether standard output was open.
    package static func fillStandardDescriptors() -> Bool {
        let hadOutput = fcntl(1, F_GETFD) >= 0
        // The system gives the lowest number that is free.
        var descriptor: Int32 = 0
        while descriptor >= 0 && descriptor <= 2 { descriptor = unsafe open("/dev/null", O_WRONLY) }
        if descriptor > 2 { _ = close(descriptor) }
        return hadOutput
    }

    /// Gives free memory back to the system. Otherwise memory that one thread allocated and another freed mostly stays
    /// with the process. It takes milliseconds if there is much of it.
    package static func returnFreeMemory() { malloc_trim(0) }

    /// Variables that are hidden from the environment.
    private static let hiddenVariables = Locked<[String: [UInt8]]>([:])

    /// Removes a variable from the environment, which other processes can read and children inherit, and overwrites its
    /// value in place. `environment` still returns it. Must be called while there is no other thread.
    package static func hideEnvironment(_ name: String) {
        guard let value = unsafe getenv(name) else { return }
        hiddenVariables.withLock { $0[name] = unsafe bytes(of: value) }
        unsafe memset(value, Int32(UInt8(ascii: "x")), strlen(value))
        _ = unsafe unsetenv(name)
    }

    /// The settings before core dumps were forbidden.
    private static let dumpSettings = Locked<(isDumpable: Int32, limit: rlimit)?>(nil)

    /// Forbids the system to write the memory of this process into a core file, and debuggers of the same user to read
    /// it: its files in `/proc` then belong to root. A child that executes another program is not affected by the first
    /// setting, but inherits the second one, a limit of zero.
    package static func forbidCoreDumps() {
        var limit = rlimit()
        _ = unsafe getrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
        dumpSettings.withLock { [limit] in if $0 == nil { $0 = (redis_events_is_dumpable(), limit) } }
        _ = redis_events_set_dumpable(0)
        limit.rlim_cur = 0
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    /// Restores the settings that `forbidCoreDumps` has changed.
    package static func allowCoreDumps() {
        guard let former = dumpSettings.withLock({ exchange(&$0, with: nil) }) else { return }
        var limit = former.limit
        _ = redis_events_set_dumpable(former.isDumpable)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &limit)
    }

    /// Whether the system may write a core file of this process.
    package static var mayDumpCore: Bool { redis_events_is_dumpable() == 1 }

    /// A variable of the environment, byte for byte.
    package static func environment(_ name: String) -> [UInt8]? {
        if let value = hiddenVariables.withLock({ $0[name] }) { return value }
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe bytes(of: value)
    }

    /// Writes all of a text to standard error. A failure is ignored, because it could not be reported anywhere.
    package static func writeToStandardError(_ text: String) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            bytes = bytes.dropFirst(max(count, 0))
        }
    }
}
