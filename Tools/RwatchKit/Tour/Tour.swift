import RedisCommands
import RedisCore
import RedisPOSIX
import RedisRESP
import RedisReactor

/// `rwatch demo --tour`: steps from a subscription to a durable channel, each of which says what happens, shows the
/// command, and runs it on a private server. On a terminal, each step waits for Enter.
package final class Tour: Sendable {
    /// How long it takes from one line to the next, so that people can follow.
    private static let pause = Duration.milliseconds(200)

    private let run: WatchRun
    private let client: RedisClient
    private let url: String
    private let steps: [TourStep]
    private let text: TourText
    private let keyboard: TourKeyboard?
    private let program: [UInt8]
    /// Has every command in its group, and ends them should this process be killed.
    private let watchdog: JobGuard

    /// Runs until the last step, `q`, the limits or a signal end it.
    package static func run(limits: WatchLimits) async -> ExitStatus {
        let settings = RunSettings(limits: limits, hasSummary: false, isQuiet: true)
        return await WatchRun.run(settings, isJSON: false) { run async throws(RedisError) in
            let configuration = try await Target(.embedded(RedisConfiguration())).openOne(run.atEnd)
            let client = try RedisClient(configuration)
            run.atEnd { await client.close() }
            let tour = try Tour(configuration, client, run)
            let walk = Task { await tour.walk() }
            run.atEnd {
                walk.cancel()
                tour.end()
            }
        }
    }

    private init(_ configuration: RedisConfiguration, _ client: RedisClient, _ run: WatchRun) throws(RedisError) {
        guard case .unix(let path) = configuration.endpoint else {
            throw RedisError(.connectFailed, "the private server has no socket of its own")
        }
        self.run = run
        self.client = client
        url = "redis+unix://\(path)"
        steps = TourStep.all(filesIn: String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
        text = TourText(columns: Terminal.columns(of: 1), isColored: ColorChoice.auto.isColored(.standard))
        do throws(RedisSystemError) {
            program = try ThisProcess.executable()
            watchdog = try JobGuard()
        } catch { throw .system(error) }
        do throws(RedisError) { keyboard = try TourKeyboard.open(run) } catch {
            watchdog.finish()
            throw error
        }
        run.whileStopped(suspend: Suspension(suspend: { self.suspend() }, resume: { self.resume() }))
    }

    // MARK: Stops and ends

    private func suspend() {
        watchdog.signal(SIGTSTP)
        keyboard?.leave()
    }

    private func resume() {
        watchdog.signal(SIGCONT)
        do throws(RedisSystemError) { try keyboard?.enter() } catch { run.end(.failed(.system(error))) }
    }

    private func end() {
        keyboard?.close()
        watchdog.signal(SIGKILL)
        watchdog.finish()
    }

    // MARK: The steps

    private func walk() async {
        do throws(RedisError) {
            try write(text.opening(steps.count, url: url, isStopping: keyboard != nil))
            for (index, step) in steps.enumerated() {
                try write(text.heading(step, index + 1, of: steps.count))
                var scene = Scene()
                for act in step.acts { try await perform(act, &scene) }
            }
            try write(text.closing())
            run.end(.ended)
        } catch {
            // Of an end that somebody asked for, nothing is told.
            if error.code != .cancelled { run.end(.failed(error)) }
        }
    }

    /// What a step has begun.
    private struct Scene {
        var hasBegun = false
        /// The commands that were started, the last of which is waited for first.
        var commands: [TourCommand] = []
        /// What the command writes that is not read at once.
        var unread: TourPipe?
    }

    private func perform(_ act: TourAct, _ scene: inout Scene) async throws(RedisError) {
        switch act {
        case .start(let line):
            if scene.hasBegun { try await pause(Self.pause) }
            try await show(text.command(line), &scene)
            scene.commands.append(try start(line, .inherited))
        case .startUnread(let line):
            try await show(text.command(line), &scene)
            let pipe: TourPipe
            do throws(RedisSystemError) { pipe = try TourPipe() } catch { throw .system(error) }
            scene.commands.append(try start(line, .descriptor(pipe.writeEnd)))
            pipe.closeWriteEnd()
            scene.unread = pipe
        case .waitUntilWatched(let names):
            guard let command = scene.commands.last else { return }
            while !command.hasEnded, try await watchedNames() < names { try await pause(.milliseconds(20)) }
        case .waitUntilSet(let setting):
            guard let command = scene.commands.last else { return }
            while !command.hasEnded, try await client.configGet(setting)[setting]?.isEmpty != false {
                try await pause(.milliseconds(20))
            }
        case .send(let words):
            try await pause(Self.pause)
            try await show(text.sent(words), &scene)
            _ = try await client.send(RedisCommand(words.map { RedisBytes($0) }))
        case .sendTogether(let commands):
            try await pause(Self.pause)
            var batch = RedisBatch()
            for words in commands {
                try await show(text.sent(words), &scene)
                batch.append(RedisCommand(words.map { RedisBytes($0) }))
            }
            _ = try await client.send(batch).get()
        case .read:
            // Whatever is on its way to the command is dropped by then.
            try await pause(Self.pause * 3)
            while let unread = scene.unread, !unread.excerpt.hasCaughtUp, !unread.hasEnded {
                unread.read()
                try await pause(.milliseconds(1))
            }
        case .waitForEnd:
            guard let command = scene.commands.popLast() else { return }
            while let unread = scene.unread, !unread.hasEnded {
                unread.read()
                try await pause(.milliseconds(1))
            }
            try await command.waitForEnd()
            if let unread = exchange(&scene.unread, with: nil) {
                try write(unread.excerpt.shown.map { "\($0)\n" }.joined())
            }
        }
    }

    /// Shows what is going to be done. The first time in a step, Enter is waited for.
    private func show(_ line: String, _ scene: inout Scene) async throws(RedisError) {
        try write(line)
        guard !exchange(&scene.hasBegun, with: true), let keyboard else { return }
        try await keyboard.waitForEnter { () throws(RedisError) in try write(TourText.question) }
        try write(TourText.erased)
    }

    private func start(_ line: String, _ output: ShellCommand.Output) throws(RedisError) -> TourCommand {
        do throws(RedisSystemError) {
            return try TourCommand(line, program: program, url: url, in: watchdog.group, output: output)
        } catch { throw .system(error) }
    }

    /// How many names other clients are subscribed to; a monitor is one more.
    private func watchedNames() async throws(RedisError) -> Int {
        let reply = try await client.send(["CLIENT", "LIST"])
        return (reply.bytes ?? "").lines.reduce(0) { count, line in
            let fields = ["sub", "psub", "ssub"].map { line.value(ofField: $0, separator: UInt8(ascii: " ")) }
            let isMonitor = line.value(ofField: "cmd", separator: UInt8(ascii: " ")) == "monitor"
            return count + fields.reduce(isMonitor ? 1 : 0) { $0 + ($1?.bytes.decimal(Int.self) ?? 0) }
        }
    }

    private func pause(_ time: Duration) async throws(RedisError) {
        try? await Task.sleep(for: time)
        if Task.isCancelled { throw RedisError(.cancelled, "the tour has ended") }
    }

    /// Writes a text, and waits until it is written: what follows may come from a command.
    private func write(_ text: String) throws(RedisError) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            if Task.isCancelled { throw RedisError(.cancelled, "the tour has ended") }
            let count = RawOutput.write(bytes, from: offset, to: 1)
            switch -count {
            case Int(EPIPE):
                run.end(.output(.readerGone))
                throw RedisError(.cancelled, "the tour has ended")
            case Int(EINTR): break
            case Int(EAGAIN): _ = RawOutput.poll((1, Int32(POLLOUT)), milliseconds: 100)
            case 1...:
                run.end(.output(.failed(Int32(-count))))
                throw RedisError(.cancelled, "the tour has ended")
            default: offset += count
            }
        }
    }
}
