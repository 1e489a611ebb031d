import RedisPOSIX

/// Starts one server process and waits until it serves.
struct ServerLauncher: Sendable {
    let executable: String
    let options: RedisServerOptions
    let directory: String
    let orphanGuard: OrphanGuard

    /// How one start ended.
    private enum Outcome {
        case ready(ChildProcess)
        case portTaken(RedisTestingError)
        case debugOptionUnknown
    }

    /// A server that serves.
    struct Launched {
        let process: ChildProcess
        let port: Int
        /// What holds the port while the server is down; `nil` if its group does, and where it had the port before.
        let reservation: PortReservation?
    }

    /// Starts the server on its group's port or one that is free, or again on the one that it had.
    ///
    /// - Throws: `startFailed` with the tail of the log.
    func launch(restartOn formerPort: Int? = nil) throws(RedisTestingError) -> Launched {
        let deadline = Deadline(after: options.startTimeout)
        let fixedPort = formerPort ?? options.membership?.port
        let keepsConfiguration = formerPort != nil && options.membership?.keepsItsConfiguration == true
        var enablesDebugCommand = options.membership?.isSentinel != true
        var lostRaces = 0
        while true {
            let reservation = options.transport == .unix || fixedPort != nil ? nil : try PortReservation()
            let port = options.transport == .unix ? 0 : fixedPort ?? reservation?.port ?? 0
            if !keepsConfiguration { try writeConfiguration(port: port, enablesDebugCommand: enablesDebugCommand) }
            switch try attempt(port: port, enablesDebugCommand: enablesDebugCommand, deadline) {
            case .ready(let process):
                return Launched(process: process, port: port, reservation: reservation)
            case .debugOptionUnknown:
                enablesDebugCommand = false
            case .portTaken(let error):
                lostRaces += 1
                // A fixed port can only be waited for; among free ones, losing many times is no longer chance.
                if deadline.hasPassed || fixedPort == nil && lostRaces >= 5 { throw error }
                if fixedPort != nil { sleepBlocking(milliseconds: 50) }
            }
        }
    }

    private func writeConfiguration(port: Int, enablesDebugCommand: Bool) throws(RedisTestingError) {
        let configuration = ServerConfiguration(
            options: options,
            directory: directory,
            port: port,
            enablesDebugCommand: enablesDebugCommand
        )
        try FileSystem.write(configuration.text, to: ServerConfiguration.path(directory))
    }

    private func attempt(
        port: Int,
        enablesDebugCommand: Bool,
        _ deadline: Deadline
    ) throws(RedisTestingError) -> Outcome {
        let logPath = ServerConfiguration.logPath(directory)
        let logStart = FileSystem.size(logPath)
        let socketPath = options.listensOnSocket ? ServerConfiguration.socketPath(directory) : nil
        let address = try SocketAddress.local(path: socketPath, port: port)
        let process = try spawn()
        let probe = ReadinessProbe(
            address: address,
            password: options.password,
            processID: process.id,
            log: { FileSystem.readText(logPath, from: logStart) }
        )
        var lastFinding = "no answer"
        while !process.hasEnded, !deadline.hasPassed {
            switch probe.look() {
            case .ready: return .ready(process)
            case .notYet(let reason): lastFinding = reason
            }
            sleepBlocking(milliseconds: 5)
        }

        let isTimeout = !process.hasEnded
        process.killAndWait()
        orphanGuard.forget()
        let ending = process.collect()
        let log = probe.log()
        let reason = isTimeout ? "was not ready within \(options.startTimeout) (\(lastFinding))" : ending
        let error = failure(reason, log)
        if isTimeout { throw error }
        if log.containsBytes(of: "Address already in use") { return .portTaken(error) }
        if enablesDebugCommand, log.containsBytes(of: ServerConfiguration.debugOption) { return .debugOptionUnknown }
        throw error
    }

    /// Starts the process such that there is no moment in which this process could be killed and leave a server that
    /// nobody watches: a shell waits for a word before it becomes the server, and the guard is told first.
    private func spawn() throws(RedisTestingError) -> ChildProcess {
        let (ours, theirs) = try StreamSocket.pair()
        defer { ours.close() }
        var server = [executable, ServerConfiguration.path(directory)]
        if options.membership?.isSentinel == true { server.append("--sentinel") }
        server += options.arguments
        let process = try theirs.asInput { input throws(RedisTestingError) in
            try ChildProcess.spawn(
                ["/bin/sh", "-c", "read -r go && exec \"$@\" </dev/null", "redis-testing-launcher"] + server,
                input: input,
                outputPath: ServerConfiguration.logPath(directory)
            )
        }
        do throws(RedisTestingError) {
            try orphanGuard.watch(process.id)
            try ours.send(Array("go\n".utf8), Deadline(after: .seconds(5)))
        } catch {
            process.killAndWait()
            orphanGuard.forget()
            process.collect()
            throw error
        }
        return process
    }

    private func failure(_ reason: String, _ log: String) -> RedisTestingError {
        let lines = log.split(whereSeparator: \.isNewline).suffix(20).joined(separator: "\n")
        let tail = lines.isEmpty ? "it has logged nothing" : "the end of its log:\n\(lines)"
        return RedisTestingError(
            .startFailed,
            "\(executable) \(reason); \(tail)".redacting(options.secrets)
        )
    }
}
