import RedisCore
import RedisPOSIX
import RedisRESP
import RedisReactor
import RedisStreams

/// Collects the lines of entries for the pump, and what is done when they have left. It belongs to one thread.
final class StreamOutput {
    private static let chunkSize = 64 << 10

    private var buffer = OutputBuffer()
    private var events = 0
    /// When the first of the events in the buffer was appended, in microseconds since the epoch.
    private var from: Int64 = 0
    private var done: [StreamDone] = []
    private let run: WatchRun
    private let keeper: StreamKeeper

    init(_ run: WatchRun, _ keeper: StreamKeeper) {
        self.run = run
        self.keeper = keeper
    }

    /// Whether nothing waits here.
    var isEmpty: Bool { buffer.isEmpty && events == 0 && done.isEmpty }

    /// Calls `format` to append an event, if the limit of the run has room for it.
    ///
    /// - Returns: Whether there may be more.
    func event(at time: Int64, then step: StreamDone, _ format: (inout OutputBuffer) -> Void) -> Bool {
        let admission = run.counter.admit()
        guard admission != .none else { return false }
        if events == 0 { from = time }
        format(&buffer)
        events += 1
        done.append(step)
        if admission == .last || buffer.count >= Self.chunkSize { flush() }
        return admission == .more
    }

    /// Notes what is done for an event that is not printed, when what stands before it has left.
    func skip(_ step: StreamDone) {
        done.append(step)
        if done.count >= Self.chunkSize / 16 { flush() }
    }

    /// Appends a record, which does not count as an event.
    func record(then step: StreamDone, _ format: (inout OutputBuffer) -> Void) {
        format(&buffer)
        done.append(step)
    }

    /// Passes what was collected to the pump.
    func flush() {
        guard !isEmpty else { return }
        if events > 0 { run.idle?.noteEvents() }
        let chunk = buffer.take(replacement: run.pump.takeEmptyChunk())
        let count = exchange(&events, with: 0)
        let steps = exchange(&done, with: [])
        let isTaken = run.pump.submit(chunk: chunk, events: count, from: from) { [keeper] in keeper.left(steps) }
        if isTaken {
            if run.counter.wereTaken(count) { run.end(.countReached) }
        } else {
            run.pump.addToLoss(events: run.counter.wereLost(count))
        }
    }
}

/// Keeps the positions and acknowledges the entries whose lines have left. Any thread may call.
final class StreamKeeper: Sendable {
    private struct State {
        var positions: [RedisBytes: DurablePosition] = [:]
        var deliveries: [StreamGroup.Delivery] = []
        var isWorking = false
        var failure: String?
        var waiting: [Promise<Void>] = []

        var isEmpty: Bool { positions.isEmpty && deliveries.isEmpty }
    }

    private let cursor: DurableFileCursor?
    private let say: @Sendable (String) -> Void
    private let state = Locked(State())

    /// How long to wait between two attempts to write the positions.
    private static let pause = Duration.milliseconds(20)
    private static let pauseAfterFailure = Duration.seconds(1)

    init(_ cursor: DurableFileCursor?, say: @escaping @Sendable (String) -> Void) {
        self.cursor = cursor
        self.say = say
    }

    /// These lines have left.
    func left(_ steps: [StreamDone]) {
        let begins = state.withLock { state in
            for step in steps {
                switch step {
                case .nothing: break
                case .keep(let name, let position): if cursor != nil { state.positions[name] = position }
                case .acknowledge(let delivery): state.deliveries.append(delivery)
                }
            }
            guard !state.isEmpty, !state.isWorking else { return false }
            state.isWorking = true
            return true
        }
        if begins { Task { await work() } }
    }

    /// Returns when all was done that there is to do now; why it could not be, if that is so.
    func finish() async -> String? {
        let promise = Promise<Void>()
        let isWorking = state.withLock { state in
            if state.isWorking { state.waiting.append(promise) }
            return state.isWorking
        }
        if isWorking { _ = await promise.result() }
        return state.withLock { $0.isEmpty ? nil : $0.failure }
    }

    private func work() async {
        while true {
            let (positions, deliveries, waiting) = state.withLock { state in
                let positions = exchange(&state.positions, with: [:])
                let deliveries = exchange(&state.deliveries, with: [])
                var waiting: [Promise<Void>] = []
                if positions.isEmpty && deliveries.isEmpty {
                    state.isWorking = false
                    waiting = exchange(&state.waiting, with: [])
                }
                return (positions, deliveries, waiting)
            }
            for promise in waiting { promise.complete(.success(())) }
            if positions.isEmpty && deliveries.isEmpty { return }
            await acknowledge(deliveries)
            await save(positions)
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func acknowledge(_ deliveries: [StreamGroup.Delivery]) async {
        await withTaskGroup(of: Void.self) { group in
            for delivery in deliveries {
                group.addTask { [say] in
                    do throws(RedisError) { try await delivery.acknowledge() } catch {
                        say("cannot acknowledge \(delivery.id): it will be delivered again: \(error.words)")
                    }
                }
            }
        }
    }

    private func save(_ positions: [RedisBytes: DurablePosition]) async {
        guard let cursor, !positions.isEmpty else { return }
        do {
            try await cursor.save(positions)
            state.withLock { $0.failure = nil }
        } catch {
            let words = (error as? RedisError)?.words ?? "\(error)"
            let (isNew, isOver) = state.withLock { state in
                // What came later counts.
                state.positions.merge(positions) { later, _ in later }
                defer { state.failure = words }
                return (state.failure == nil, !state.waiting.isEmpty)
            }
            if isNew { say("cannot keep the positions: \(words)") }
            if isOver {
                let waiting = state.withLock { state in
                    state.isWorking = false
                    return exchange(&state.waiting, with: [])
                }
                for promise in waiting { promise.complete(.success(())) }
                return
            }
            try? await Task.sleep(for: Self.pauseAfterFailure)
        }
    }
}
