/// A command for the shell.
package enum ShellCommand {
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
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, 2, 1)

        // Signals that this process ignores or blocks would stay so in the command.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var signals = sigset_t()
        unsafe sigemptyset(&signals)
        unsafe posix_spawnattr_setsigmask(&attributes, &signals)
        unsafe sigfillset(&signals)
        unsafe posix_spawnattr_setsigdefault(&attributes, &signals)

        let added = variables.map { Array($0.name.utf8) + [UInt8(ascii: "=")] + $0.value }
        let names = Set(variables.map { Array($0.name.utf8) })
        let environment = ThisProcess.environment().filter { !names.contains($0.name) }
            .map { $0.name + [UInt8(ascii: "=")] + $0.value }
        var id: pid_t = 0
        let code = unsafe withCStringArray(["/bin/sh", "-c", command].map { Array($0.utf8) }) { arguments in
            unsafe withCStringArray(environment + added) { environment in
                unsafe posix_spawn(&id, "/bin/sh", &actions, &attributes, arguments, environment)
            }
        }
        guard code == 0 else { throw RedisSystemError(call: "posix_spawn", code: code) }
        var status: Int32 = 0
        while unsafe waitpid(id, &status, 0) < 0 {
            guard errno == EINTR else { throw .last("waitpid") }
        }
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}
