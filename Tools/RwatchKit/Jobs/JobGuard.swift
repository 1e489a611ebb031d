import RedisPOSIX

/// A shell whose process group all commands join. It outlives this process, should that be killed, and then ends the
/// whole group.
///
/// It waits for a line from a pipe whose other end only this process has: the end of the pipe without a line means that
/// this process is gone, however it ended. Because commands are in the group before they begin, none can be missed.
final class JobGuard: Sendable {
    private static let script = """
        trap '' HUP INT QUIT TERM
        read -r word
        [ "$word" = bye ] || kill -s KILL 0
        """

    private let process: ShellProcess

    init() throws(RedisSystemError) { process = try ShellProcess(Self.script, output: .nowhere) }

    /// The process group that commands join.
    var group: Int32 { process.id }

    /// Sends a signal to all commands. Only SIGKILL ends the guard, too.
    func signal(_ number: Int32) { process.signal(number) }

    /// Ends the guard, and nothing else.
    func finish() {
        process.write(Array("bye\n".utf8))
        process.closeInput()
        _ = process.waitForEnd()
    }
}
