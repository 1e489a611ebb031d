import RedisPOSIX

extension ChildProcess {
    /// Starts a program with a clean slate: no descriptor but 0, 1 and 2, no blocked or ignored signal, and a process
    /// group of its own, so that a Ctrl-C in the terminal reaches only the test process, which then decides.
    ///
    /// - Parameters:
    ///   - arguments: The program (a path) and its arguments.
    ///   - input: The descriptor that becomes standard input.
    ///   - outputPath: The file that standard output and standard error are appended to. A symbolic link is an error.
    /// - Returns: The process.
    /// - Throws: `systemCallFailed` when it cannot be started.
    static func spawn(
        _ arguments: [String],
        input: Int32,
        outputPath: String
    ) throws(RedisTestingError) -> ChildProcess {
        var environment = ["LC_ALL=C", "PATH=\(environmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin")"]
        for name in ["HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH"] {
            if let value = environmentVariable(name) { environment.append("\(name)=\(value)") }
        }

        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
        unsafe posix_spawnattr_setpgroup(&attributes, 0)

        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        let appending = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW
        unsafe posix_spawn_file_actions_addopen(&actions, 1, outputPath, appending, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)

        let path = arguments.first ?? ""
        var id: pid_t = 0
        let result = descriptorLock.withLock { _ in
            // Ours are all close-on-exec; those of the code under test may not be, and a socket that a server inherits
            // stays open when the test closes it.
            for descriptor in openDescriptors() where descriptor > 2 {
                unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
            }
            return unsafe withCStringArray(arguments.map { Array($0.utf8) }) { argv in
                unsafe withCStringArray(environment.map { Array($0.utf8) }) { envp in
                    unsafe posix_spawn(&id, path, &actions, &attributes, argv, envp)
                }
            }
        }
        guard result == 0 else { throw .systemCall("posix_spawn \(path)", result) }
        return ChildProcess(id: id)
    }

    /// The numbers of the descriptors that this process has open, without the one that the listing itself needs.
    static func openDescriptors() -> [Int32] {
        var listing: Int32 = -1
        let names = FileSystem.entries("/proc/self/fd", listingDescriptor: &listing) ?? []
        return names.compactMap { Int32($0) }.filter { $0 != listing }
    }
}
