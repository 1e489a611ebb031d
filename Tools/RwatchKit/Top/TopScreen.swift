import RedisCore
import RedisPOSIX
import RedisRESP
import RedisReactor

/// The screen of `rwatch top`: a thread that owns the terminal draws what the state shows and reads keys; whatever
/// takes time is done elsewhere. The state and the drawing are plain values and functions, and this is all that acts.
final class TopScreen: Sendable {
    /// What the thread is told.
    private struct Inbox {
        var snapshots: [(snapshot: TopSnapshot, isTick: Bool)] = []
        var words: [String] = []
        var request: Request?
        /// Whether the process was continued, however it was stopped.
        var wasContinued = false
        /// Whether the thread was told to look, and has not looked yet.
        var isWoken = false
    }

    private enum Request {
        /// Leave the terminal as it was, and tell when that is done.
        case leave(Promise<Void>, forGood: Bool)
        case enter
    }

    private let run: WatchRun
    private let feed: TopFeed
    private let top: WatchTop
    private let look: ScreenLook
    private let keyboard: Int32
    private let inbox = Locked(Inbox())
    private let wake: WakePipe
    /// How the terminal was; `nil` while it is so.
    private let saved = Locked<TerminalMode.Saved?>(nil)
    private let monitorTask = Locked<Task<Void, Never>?>(nil)

    private init(_ top: WatchTop, _ look: ScreenLook, _ feed: TopFeed, _ run: WatchRun) throws(RedisError) {
        self.run = run
        self.feed = feed
        self.top = top
        self.look = look
        guard let keyboard = TerminalMode.keyboard() else {
            throw RedisError(.invalidConfiguration, "there is no terminal to read keys from; --batch needs none")
        }
        self.keyboard = keyboard
        do throws(RedisSystemError) { wake = try WakePipe() } catch { throw .system(error) }
    }

    /// Shows it until it is told to end.
    static func run(_ top: WatchTop, _ look: ScreenLook, _ target: Target, _ settings: RunSettings) async -> ExitStatus
    {
        await WatchRun.run(settings, isJSON: false) { run async throws(RedisError) in
            let feed = TopFeed(top.plan, target, in: run)
            feed.name(clientsBy: top.naming)
            let screen = try TopScreen(top, look, feed, run)
            // The terminal comes first, both ways: whoever stops the process wants to see the shell.
            run.whileStopped(
                suspend: Suspension(
                    suspend: { await screen.leave(forGood: false) },
                    resume: { screen.enterAgain() }
                )
            )
            try await feed.open(target)
            let reader = try top.begin(feed, run)
            if let reader { run.atEnd { reader.stop() } }
            try await screen.begin()
        }
    }

    private func begin() async throws(RedisError) {
        let signals = SignalWatch(on: run.loop)
        do throws(RedisSystemError) {
            let numbers = [SIGWINCH, SIGCONT, SIGQUIT].filter { !ThisProcess.ignores($0) }
            try await signals.start(numbers) { [self] number in
                if number == SIGQUIT {
                    run.end(.signal(number))
                } else {
                    notify { $0.wasContinued = number == SIGCONT }
                }
            }
            run.notices.redirect { [weak self] text in self?.say(text) }
            _ = try PlainThread.start(name: "rwatch-screen") { [self] in live() }
        } catch { throw .system(error) }
        let ticks = Task { await self.tick() }
        run.atEnd {
            ticks.cancel()
            self.monitorTask.withLock { $0 }?.cancel()
            await signals.stop()
        }
        run.atEnd {
            await self.leave(forGood: true)
            self.run.notices.redirect(nil)
        }
        show(feed.snapshot(), isTick: true)
    }

    /// Takes a snapshot after each interval.
    private func tick() async {
        var last = ContinuousClock.now
        while !Task.isCancelled {
            // The interval may become shorter meanwhile.
            while ContinuousClock.now < last.advanced(by: feed.interval), !Task.isCancelled {
                let due = min(last.advanced(by: feed.interval), ContinuousClock.now.advanced(by: .milliseconds(250)))
                try? await Task.sleep(until: due, clock: .continuous)
            }
            last = .now
            await feed.sample()
            if !Task.isCancelled { show(feed.snapshot(), isTick: true) }
        }
    }

    // MARK: Telling the thread

    private func notify(_ body: (inout Inbox) -> Void) {
        let isAsleep = inbox.withLock { inbox in
            body(&inbox)
            return !exchange(&inbox.isWoken, with: true)
        }
        if isAsleep { wake.signal() }
    }

    private func show(_ snapshot: TopSnapshot, isTick: Bool) {
        notify { inbox in
            // A screen that is not read shows the latest.
            if inbox.snapshots.count > 4 { inbox.snapshots.removeFirst() }
            inbox.snapshots.append((snapshot, isTick))
        }
    }

    private func say(_ text: String) {
        notify { inbox in
            if inbox.words.count < 16 { inbox.words.append(text) }
        }
    }

    private func request(_ request: Request) { notify { $0.request = request } }

    /// Takes the terminal again after a stop. Whoever was continued in the background must not have it, and stops
    /// again.
    private func enterAgain() {
        if TerminalMode.isOfOthers(keyboard) { run.stopProcess() } else { request(.enter) }
    }

    /// Leaves the terminal as it was.
    private func leave(forGood: Bool) async {
        guard saved.withLock({ $0 != nil }) || forGood else { return }
        let promise = Promise<Void>()
        // A terminal that takes nothing more keeps the thread, and must not keep the end of the process.
        let limit = ScheduledCall(after: .seconds(1), on: run.loop) { promise.complete(.success(())) }
        request(.leave(promise, forGood: forGood))
        _ = try? await promise.value()
        limit.cancel()
        if let saved = saved.withLock({ exchange(&$0, with: nil) }) { TerminalMode.restore(saved) }
    }

    // MARK: The thread

    private func live() {
        var thread = ScreenThread(state: state(), glyphs: Glyphs(isASCII: look.isASCII))
        enter()
        while true {
            let news = inbox.withLock { inbox in
                defer { inbox = Inbox() }
                return inbox
            }
            switch news.request {
            case .leave(let promise, let forGood):
                leaveHere()
                promise.complete(.success(()))
                if forGood { return }
                thread.isAway = true
            case .enter:
                enter()
                thread.isAway = false
                thread.shown = nil
            case nil:
                // Stopped by a signal that nobody can handle, it has left the terminal as it was then.
                if news.wasContinued, !thread.isAway {
                    enter()
                    thread.shown = nil
                }
            }
            for (snapshot, isTick) in news.snapshots { thread.state.take(snapshot, advances: isTick) }
            if !news.snapshots.isEmpty, let detail = thread.state.detail {
                thread.state.take(feed.events(of: detail.row, in: detail.tab))
            }
            for words in news.words { thread.state.say(words) }
            if thread.isAway {
                _ = wake.wait()
                continue
            }
            if let size = TerminalMode.size(of: 1) {
                let isOther = size.columns != thread.state.columns || size.rows != thread.state.rows
                if isOther {
                    thread.state.resize(columns: size.columns, rows: size.rows)
                    thread.shown = nil
                }
            }
            draw(&thread)
            let deadline = thread.decoder.isPending ? ContinuousClock.now.advanced(by: .milliseconds(50)) : nil
            var keys: [Key] = []
            switch wake.wait(watching: keyboard, for: POLLIN, until: deadline) {
            case .token: continue
            case .timeout: keys = thread.decoder.finish()
            case .event:
                guard let bytes = TerminalMode.read(keyboard), !bytes.isEmpty else {
                    // Readable, and nothing there: the terminal is gone.
                    run.end(.output(.readerGone))
                    thread.isAway = true
                    continue
                }
                keys = thread.decoder.take(bytes)
            }
            for key in keys {
                for action in thread.state.handle(key) { act(action, &thread) }
            }
        }
    }

    /// What belongs to the thread alone.
    private struct ScreenThread {
        var state: TopState
        let glyphs: Glyphs
        var decoder = KeyDecoder()
        /// What the terminal shows; `nil` when nobody knows.
        var shown: ScreenGrid?
        /// Whether the terminal is left to others.
        var isAway = false

        init(state: TopState, glyphs: Glyphs) {
            self.state = state
            self.glyphs = glyphs
        }
    }

    private func state() -> TopState {
        let size = TerminalMode.size(of: 1) ?? (80, 24)
        return TopState(
            columns: size.columns,
            rows: size.rows,
            naming: top.naming,
            depth: top.settings.prefixDepth,
            interval: Int(top.interval / .milliseconds(1)),
            canMonitor: feed.canMonitor
        )
    }

    private func enter() {
        do throws(RedisSystemError) {
            let mode = try TerminalMode.enter(keyboard, leaving: ScreenDifference.leaving, saved.withLock { $0 })
            saved.withLock { $0 = mode }
        } catch { return run.end(.failed(.system(error))) }
        write(ScreenDifference.entering(hasMouse: look.hasMouse))
    }

    private func leaveHere() {
        guard let mode = saved.withLock({ exchange(&$0, with: nil) }) else { return }
        write(ScreenDifference.leaving)
        TerminalMode.restore(mode)
    }

    private func draw(_ thread: inout ScreenThread) {
        let grid = TopView.draw(thread.state, thread.glyphs)
        if thread.shown == nil { write(Array("\u{1b}[0m\u{1b}[2J".utf8)) }
        write(ScreenDifference.bytes(from: thread.shown, to: grid, isColored: look.isColored))
        thread.shown = grid
    }

    private func write(_ bytes: [UInt8]) {
        var offset = 0
        while offset < bytes.count {
            let count = RawOutput.write(bytes, from: offset, to: 1)
            if count < 0, count != -Int(EINTR), count != -Int(EAGAIN) {
                return run.end(.output(.failed(Int32(-count))))
            }
            if count == -Int(EAGAIN) { _ = RawOutput.poll((1, Int32(POLLOUT)), milliseconds: 1000) }
            offset += max(count, 0)
        }
    }

    // MARK: Acting

    private func act(_ action: TopAction, _ thread: inout ScreenThread) {
        switch action {
        case .quit: run.end(.ended)
        case .redraw: thread.shown = nil
        case .stop: run.stopProcess()
        case .zero:
            feed.zero()
            show(feed.snapshot(), isTick: false)
        case .depth(let depth):
            feed.setDepth(depth)
            show(feed.snapshot(), isTick: false)
        case .interval(let milliseconds): feed.interval = .milliseconds(milliseconds)
        case .naming(let naming):
            feed.name(clientsBy: naming)
            show(feed.snapshot(), isTick: false)
        case .monitor(let isWanted): setMonitor(isWanted)
        case .select(let text):
            feed.select(text)
            show(feed.snapshot(), isTick: false)
        case .write(let tab, let lines): keep(tab, lines, &thread)
        case .copy(let bytes): write(Self.copying(bytes))
        case .events:
            if let detail = thread.state.detail { thread.state.take(feed.events(of: detail.row, in: detail.tab)) }
        }
    }

    /// Begins or ends MONITOR. One change waits for the one before.
    private func setMonitor(_ isWanted: Bool) {
        monitorTask.withLock { task in
            let before = task
            task = Task { [self] in
                await before?.value
                guard !Task.isCancelled else { return }
                if isWanted {
                    do throws(RedisError) { try await feed.beginMonitor(Selection()) } catch {
                        say("MONITOR cannot begin: \(error.words)")
                    }
                } else {
                    await feed.endMonitor()
                }
                show(feed.snapshot(), isTick: false)
            }
        }
    }

    /// Writes a table to a new file in the current folder.
    private func keep(_ tab: TopTab, _ lines: [String], _ thread: inout ScreenThread) {
        let time = TimeStamp.text(RedisTimestamp.now().microseconds)
        let digits = time.filter { $0 != "-" && $0 != ":" }.map { $0 == " " ? "-" : String($0) }.joined()
        let name = "rwatch-top-\(tab.name)-\(digits).txt"
        do throws(RedisSystemError) {
            let file = try OutputFile(creating: Array(name.utf8))
            let bytes = Array(lines.map { "\($0)\n" }.joined().utf8)
            var offset = 0
            while offset < bytes.count {
                let count = RawOutput.write(bytes, from: offset, to: file.descriptor)
                if count < 0, count != -Int(EINTR) { throw RedisSystemError(call: "write", code: Int32(-count)) }
                offset += max(count, 0)
            }
            thread.state.say("written to \(name)")
        } catch { thread.state.say("cannot write \(name): \(error.reason)") }
    }

    /// Has the terminal copy bytes (OSC 52). Terminals take so much, and may refuse it.
    private static func copying(_ bytes: [UInt8]) -> [UInt8] {
        var out = OutputBuffer(capacity: 256)
        out.append(literal: "\u{1b}]52;c;")
        out.append(base64: bytes.rawSpan)
        out.append(literal: "\u{7}")
        return out.take()
    }
}
