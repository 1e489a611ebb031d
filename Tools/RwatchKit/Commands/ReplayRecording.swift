import RedisCommands
import RedisCore
import RedisPOSIX
package import RedisRESP
import RedisReactor

/// `rwatch replay`.
package struct ReplayRecording: Sendable {
    /// The file, or `-` for standard input.
    package var path: RedisBytes
    package var speed = ReplaySpeed.times(1)
    /// How many times the recording is replayed; `nil` for no end.
    package var passes: Int? = 1
    /// Whether nothing is sent.
    package var isDry = false
    /// Whether it ends at the first line that cannot be used.
    package var isStrict = false
    package var isJSON = false
    /// Whether only problems are reported while it runs.
    package var isQuiet = false
    /// Whether the target may be another machine, or the recorded server.
    package var isAgreed = false
    package var selection = RecordingSelection()
    /// The addresses of primaries, as sources have them.
    package var primaries: Set<RedisBytes> = []
    package var sendsReplicated = false
    /// The largest number of connections.
    package var connections = 64
    package var longestPause: Duration?
    package var longestLine = 64 << 20
    package var commandLimit: Int?
    package var duration: Duration?

    package init(path: RedisBytes) { self.path = path }

    private enum Outcome: Sendable {
        case ended(ReplaySender.End)
        case signal(Int32)
    }

    /// Replays the recording, and prints the report.
    package func run(_ target: Target) async -> ExitStatus {
        OutputPump.ignoreBrokenPipeSignal()
        let board = ReplayBoard()
        var status: ExitStatus
        do throws(RedisError) {
            let output = try PlainOutput()
            try checkInput()
            status = try await replay(target, board)
            let report = ReplayReport(
                counts: board.counts,
                progress: board.progress,
                figures: board.figures,
                speed: speed,
                isDry: isDry
            )
            if isJSON { output.bytes(report.json) } else { for line in report.lines { output.line(line) } }
            if let failure = output.finish() { status = ExitStatus(failure) }
        } catch {
            Notices.say(error.words)
            status = ExitStatus(error)
        }
        return status
    }

    /// Refuses an input before anything is connected.
    private func checkInput() throws(RedisError) {
        let input = try RecordingInput(path: path)
        guard passes == 1 || input.isRegular else {
            throw .options("--loop reads the recording again, and needs a file for that")
        }
        guard isDry || isAgreed || !input.isBeingWritten else {
            throw .options(
                "\(input.name) is still being written, perhaps with what the replay does; --yes replays it all the same"
            )
        }
    }

    private func replay(_ target: Target, _ board: ReplayBoard) async throws(RedisError) -> ExitStatus {
        let loop: RedisEventLoop
        do throws(RedisSystemError) { loop = try .shared } catch { throw .system(error) }
        var settings = ReplayPlanner.Settings()
        settings.selection = selection
        settings.primaries = primaries
        settings.sendsReplicated = sendsReplicated
        guard !isDry else { return try await run(settings, nil, on: loop, board) }
        var configuration = try await target.openOne { _ in }
        try check(configuration)
        // Nobody else can have this name. Where it appears in the recording, the replay records itself.
        let name = "rwatch-replay-\(String(UInt64.random(in: 0 ... .max), radix: 36))"
        settings.ownName = RedisBytes(name)
        if !isAgreed, configuration.sentinel == nil { settings.targets = configuration.endpoint.recordedNames }
        configuration.clientName = name
        let control = try CommandLink(configuration, limits: configuration.replyLimits, loop: loop)
        do throws(RedisError) {
            settings.table = try await commands(control, configuration.user)
            if !isQuiet { Notices.say("replaying \(shownPath) at \(speed) to \(configuration.endpoint)") }
            let status = try await run(settings, (configuration, control), on: loop, board)
            await control.close()
            return status
        } catch {
            await control.close()
            throw error
        }
    }

    private var shownPath: String { path == "-" ? "standard input" : "\(path)" }

    private func check(_ configuration: RedisConfiguration) throws(RedisError) {
        guard configuration.cluster == nil else {
            throw .options("replay sends to one server, whose databases and transactions it keeps; leave out -c")
        }
        guard configuration.database == 0 else {
            throw .options("the recording says which database a command runs in; leave out that of the URL")
        }
        guard isAgreed || configuration.sentinel == nil && configuration.endpoint.isLoopback else {
            throw .options(
                "\(configuration.endpoint) is not on this machine: replaying may change its data; --yes replays to it"
            )
        }
    }

    /// The commands of the server, for their keys.
    private func commands(_ control: CommandLink, _ user: String?) async throws(RedisError) -> CommandCatalog {
        do throws(RedisError) {
            return CommandCatalog(try await control.send(["COMMAND"]), categories: selection.categories)
        } catch {
            guard selection.categories.isEmpty, error.isAnswer else { throw error.advised("command", [], user) }
            Notices.say("the server does not tell its commands (\(error)): the keys of modules' commands are not known")
            return .builtIn
        }
    }

    /// Replays on a thread of its own, which may block, until that ends or a signal comes.
    private func run(
        _ settings: ReplayPlanner.Settings,
        _ server: (configuration: RedisConfiguration, control: CommandLink)?,
        on loop: RedisEventLoop,
        _ board: ReplayBoard
    ) async throws(RedisError) -> ExitStatus {
        let outcome = Promise<Outcome>()
        let signals = SignalWatch(on: loop)
        let hasEnded = Locked(false)
        try? await signals.start([SIGINT, SIGTERM, SIGHUP].filter { !ThisProcess.ignores($0) }) { number in
            // The second signal ends the process at once.
            if hasEnded.withLock({ exchange(&$0, with: true) }) { ThisProcess.die(by: number) }
            board.stop(signal: number)
            // The thread may wait for standard input, or for a server that says nothing.
            _ = ScheduledCall(after: .seconds(1), on: loop) { outcome.complete(.success(.signal(number))) }
        }
        do throws(RedisSystemError) {
            _ = try PlainThread.start(name: "rwatch-replay") {
                outcome.complete(Result { () throws(RedisError) in try replayHere(settings, server, on: loop, board) })
            }
        } catch { throw .system(error) }
        let result = await outcome.result()
        await signals.stop()
        return status(of: result, board)
    }

    /// Replays on the current thread.
    private func replayHere(
        _ settings: ReplayPlanner.Settings,
        _ server: (configuration: RedisConfiguration, control: CommandLink)?,
        on loop: RedisEventLoop,
        _ board: ReplayBoard
    ) throws(RedisError) -> Outcome {
        let links = server.map { server in
            ReplayLinks(server.configuration, control: server.control, on: loop, board) { Notices.say($0) }
        }
        defer {
            board.close()
            links?.closeNow()
        }
        var limits = ReplaySender.Limits()
        limits.passes = isDry ? 1 : passes
        limits.commands = commandLimit
        limits.duration = duration
        limits.isStrict = isStrict
        var sender = ReplaySender(
            RecordingReader(try RecordingInput(path: path), longest: longestLine),
            ReplayPlanner(settings),
            schedule: ReplaySchedule(speed, longestPause: longestPause),
            connections: connections,
            over: links,
            limits: limits,
            board
        )
        let end = try sender.run()
        return board.signal.map { .signal($0) } ?? .ended(end)
    }

    private func status(of result: Result<Outcome, RedisError>, _ board: ReplayBoard) -> ExitStatus {
        switch result {
        case .failure(let error):
            Notices.say(error.words)
            return ExitStatus(error)
        case .success(.signal(let number)): return .signal(number)
        case .success(.ended(let end)):
            if let failure = board.failure {
                Notices.say(failure.words)
                return ExitStatus(failure)
            }
            switch end {
            case .complete, .stopped: return .success
            case .breach(let words):
                Notices.say("line \(board.counts.lines) ends the replay because of --strict: it is \(words)")
                return .inputInvalid
            case .ownSource:
                Notices.say("the recording is one of the server that it is replayed to; --yes replays a finished one")
                return .usage
            }
        }
    }
}
