import RedisCore
import RedisPOSIX
import RedisReactor

/// The keyboard of the tour: a thread that reads keys one by one, which the terminal does not show meanwhile. Keys that
/// send signals go on doing so.
final class TourKeyboard: Sendable {
    private struct State {
        /// How the terminal was; `nil` while it is so.
        var saved: TerminalMode.Saved?
        /// Who waits for Enter.
        var waiter: Promise<Void>?
        var isEnding = false
    }

    private let run: WatchRun
    private let descriptor: Int32
    private let wake: WakePipe
    private let state = Locked(State())

    /// Takes the terminal.
    ///
    /// - Parameter run: What `q` ends.
    /// - Returns: The keyboard; `nil` when there is none to read from, or nobody watches.
    /// - Throws: When the terminal cannot be set, or the system has no thread left.
    static func open(_ run: WatchRun) throws(RedisError) -> TourKeyboard? {
        guard Terminal.isTerminal(1), let descriptor = TerminalMode.keyboard() else { return nil }
        do throws(RedisSystemError) {
            let keyboard = try TourKeyboard(descriptor, run)
            try keyboard.enter()
            _ = try PlainThread.start(name: "rwatch-keys") { keyboard.read() }
            return keyboard
        } catch { throw .system(error) }
    }

    private init(_ descriptor: Int32, _ run: WatchRun) throws(RedisSystemError) {
        self.descriptor = descriptor
        self.run = run
        wake = try WakePipe()
    }

    /// Takes the terminal, at the beginning and after a stop.
    func enter() throws(RedisSystemError) {
        let mode = try TerminalMode.enter(descriptor, leaving: [], state.withLock { $0.saved })
        state.withLock { $0.saved = mode }
    }

    /// Leaves the terminal as it was.
    func leave() {
        if let saved = state.withLock({ exchange(&$0.saved, with: nil) }) { TerminalMode.restore(saved) }
    }

    /// Leaves the terminal, and reads no more.
    func close() {
        let waiter = state.withLock { state in
            state.isEnding = true
            return exchange(&state.waiter, with: nil)
        }
        waiter?.complete(.failure(RedisError(.cancelled, "the tour has ended")))
        wake.signal()
        leave()
    }

    /// Asks for Enter, or for a space, and waits for it. What was typed before the question does not count.
    ///
    /// - Parameter ask: Shows the question.
    /// - Throws: When the tour ends; what `ask` throws.
    func waitForEnter(_ ask: () throws(RedisError) -> Void) async throws(RedisError) {
        let promise = Promise<Void>()
        let isEnding = state.withLock { state in
            state.waiter = promise
            return state.isEnding
        }
        if isEnding { throw RedisError(.cancelled, "the tour has ended") }
        try ask()
        try await promise.value()
    }

    private func read() {
        var decoder = KeyDecoder()
        while true {
            let deadline = decoder.isPending ? ContinuousClock.now.advanced(by: .milliseconds(50)) : nil
            var keys: [Key] = []
            switch wake.wait(watching: descriptor, for: POLLIN, until: deadline) {
            case .token: return
            case .timeout: keys = decoder.finish()
            case .event:
                guard let bytes = TerminalMode.read(descriptor), !bytes.isEmpty else {
                    // Readable, and nothing there: the terminal is gone.
                    return run.end(.output(.readerGone))
                }
                keys = decoder.take(bytes)
            }
            for key in keys { handle(key) }
        }
    }

    private func handle(_ key: Key) {
        switch key {
        case .character("q"), .character("Q"), .control("d"): run.end(.ended)
        case .enter, .character(" "):
            state.withLock { exchange(&$0.waiter, with: nil) }?.complete(.success(()))
        default: break
        }
    }
}
