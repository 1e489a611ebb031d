/// A command for the shell.
package enum ShellCommand {
    /// Where a command's output goes.
    package enum Output: Sendable {
        /// To standard error, also what it writes to standard output.
        case standardError
        /// To where this process has it.
        case inherited
        /// To a descriptor, while errors go where this process has them.
        case descriptor(Int32)
        /// Nowhere.
        case nowhere
    }

    /// Runs a command by `/bin/sh -c` and waits for its end. It has no input; its output goes to standard error.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - variables: What is added to the environment.
    /// - Returns: The exit status; 128 and the number of the signal that ended it.
    /// - Throws: When no process can be started.
    package static func run(_ command: String, variables: [(name: String, value: [UInt8])]) throws(RedisSystemError)
        -> Int32
    {
        let id = try spawn(command, variables, removed: [], input: -1, output: .standardError, group: nil)
        return try wait(for: id)
    }

    /// Starts a command by `/bin/sh -c`.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - variables: What is added to the environment.
    ///   - removed: The names of variables that are left out of the environment.
    ///   - input: The descriptor that becomes its standard input; a negative one for no input.
    ///   - output: Where its output goes.
    ///   - group: The process group that it joins; 0 is a new one, and `nil` that of this process.
    /// - Returns: The number of the process.
    /// - Throws: When no process can be started.
    static func spawn(
        _ command: String,
        _ variables: [(name: String, value: [UInt8])],
        removed: Set<[UInt8]>,
        input: Int32,
        output: Output,
        group: Int32?
    ) throws(RedisSystemError) -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if input < 0 {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        } else {
            unsafe posix_spawn_file_actions_adddup2(&actions, input, 0)
        }
        switch output {
        case .standardError: unsafe posix_spawn_file_actions_adddup2(&actions, 2, 1)
        case .inherited: break
        case .descriptor(let descriptor): unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, 1)
        case .nowhere:
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
            unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        }

        // Signals that this process ignores or blocks would stay so in the command.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        if let group {
            flags |= POSIX_SPAWN_SETPGROUP
            unsafe posix_spawnattr_setpgroup(&attributes, group)
        }
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)

        let added = variables.map { Array($0.name.utf8) + [UInt8(ascii: "=")] + $0.value }
        let names = removed.union(variables.map { Array($0.name.utf8) })
        let environment = ThisProcess.environment().filter { !names.contains($0.name) }
            .map { $0.name + [UInt8(ascii: "=")] + $0.value }
        var id: pid_t = 0
        let code = unsafe withCStringArray(["/bin/sh", "-c", command].map { Array($0.utf8) }) { arguments in
            unsafe withCStringArray(environment + added) { environment in
                unsafe posix_spawn(&id, "/bin/sh", &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw RedisSystemError(call: "posix_spawn", code: code) }
        return id
    }

    /// Waits for the end of a process, and removes it from the system's table.
    static func wait(for id: pid_t) throws(RedisSystemError) -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0 {
            guard errno == EINTR else { throw .last("waitpid") }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}
