/// A command that a shell runs beside this process, in another process group, and that gets its input over a pipe.
package final class ShellProcess: Sendable {
    private struct State {
        /// The end of the pipe that is written to; -1 when it is closed.
        var input: Int32
        /// Whether the process is gone from the system's table, so that its number may belong to another.
        var isCollected = false
    }

    /// The number of the process, and of its group unless it has joined another one.
    package let id: Int32
    private let state: Locked<State>

    /// Starts a command by `/bin/sh -c`.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - variables: What is added to the environment.
    ///   - removed: The names of variables that are left out of the environment.
    ///   - group: The process group that it joins; `nil` is a new one.
    ///   - output: Where its output goes.
    /// - Throws: When no process can be started.
    package init(
        _ command: String,
        variables: [(name: String, value: [UInt8])] = [],
        without removed: Set<[UInt8]> = [],
        in group: Int32? = nil,
        output: ShellCommand.Output
    ) throws(RedisSystemError) {
        var ends: [2 of Int32] = [-1, -1]
        var span = ends.mutableSpan
        // Close-on-exec from the beginning: another command that is started now must not keep this pipe open.
        let status = unsafe span.withUnsafeMutableBufferPointer { unsafe redis_events_pipe($0.baseAddress) }
        guard status == 0 else { throw .last("pipe") }
        let (reading, writing) = (ends[0], ends[1])
        defer { close(reading) }
        do throws(RedisSystemError) {
            id = try ShellCommand.spawn(
                command,
                variables,
                removed: removed,
                input: reading,
                output: output,
                group: group ?? 0
            )
        } catch {
            close(writing)
            throw error
        }
        state = Locked(State(input: writing))
    }

    deinit { closeInput() }

    /// Writes bytes to the command's input, and waits until it has taken them or reads no more.
    ///
    /// - Returns: Whether it took them.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        let input = state.withLock { $0.input }
        guard input >= 0 else { return false }
        var offset = 0
        while offset < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe RedisPOSIX.write(input, buffer.baseAddress.map { unsafe $0 + offset }, buffer.count - offset)
            }
            if count > 0 { offset += count } else if errno != EINTR { return false }
        }
        return true
    }

    /// Ends the command's input.
    package func closeInput() {
        let input = state.withLock { exchange(&$0.input, with: -1) }
        if input >= 0 { close(input) }
    }

    /// Sends a signal to everything in the group that the command has begun, unless the command has been waited for.
    package func signal(_ number: Int32) {
        state.withLock { state in if !state.isCollected { kill(-id, number) } }
    }

    /// Waits for the end of the command.
    ///
    /// - Returns: The exit status; 128 and the number of the signal that ended it.
    package func waitForEnd() -> Int32 {
        // Until it is collected nobody else gets its number.
        var info = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) < 0 {
            guard errno == EINTR else { break }
        }
        return state.withLock { state in
            state.isCollected = true
            return (try? ShellCommand.wait(for: id)) ?? -1
        }
    }
}
