import RedisCore
import RedisPOSIX
import RedisReactor

/// A command line of the tour while it runs: by the shell, as somebody would start it, with this very program as
/// `rwatch`. What it writes to standard error goes to standard output, so that all of it stands in its order.
final class TourCommand: Sendable {
    /// The shell knows the program by this variable.
    private static let program = "RWATCH_TOUR_PROGRAM"
    private static let prologue = "exec 2>&1; rwatch() { \"$\(program)\" \"$@\"; }; "

    let line: String
    private let process: ShellProcess
    private let status = Locked<Int32?>(nil)
    private let end = Promise<Int32>()

    /// Starts a command line.
    ///
    /// - Parameters:
    ///   - line: The command line, which calls `rwatch`.
    ///   - program: The path of rwatch.
    ///   - url: The server.
    ///   - group: The process group that it joins.
    ///   - output: Where its output goes.
    /// - Throws: When no process or thread can be started.
    init(
        _ line: String,
        program: [UInt8],
        url: String,
        in group: Int32,
        output: ShellCommand.Output
    ) throws(RedisSystemError) {
        self.line = line
        // Servers and targets of whoever runs the tour have nothing to do with it.
        let others = [LastServer.request, "RWATCH_CONFIG"].map { Array($0.utf8) }
        let process = try ShellProcess(
            Self.prologue + line,
            variables: [(Self.program, program), ("RWATCH_URL", Array(url.utf8))],
            without: Set(others),
            in: group,
            output: output
        )
        process.closeInput()
        self.process = process
        // Its thread lets go of it by itself.
        _ = try PlainThread.start(name: "rwatch-tour") { [status, end] in
            let code = process.waitForEnd()
            status.withLock { $0 = code }
            end.complete(.success(code))
        }
    }

    /// Whether it has ended.
    var hasEnded: Bool { status.withLock { $0 != nil } }

    /// Waits until it has ended.
    ///
    /// - Throws: When it has failed.
    func waitForEnd() async throws(RedisError) {
        let code = try await end.value()
        if code != 0 { throw RedisError(.systemFailure, "'\(line)' ended with status \(code)") }
    }
}
