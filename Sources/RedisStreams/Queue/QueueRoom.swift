internal import RedisCore
internal import RedisPOSIX
internal import RedisReactor

/// Those that wait here for room in a queue, in the order in which they came. Any thread may call.
final class QueueRoom: Sendable {
    private struct State: Sendable {
        var waiters: [(id: Int, promise: Promise<Void>)] = []
        var lastID = 0
        /// Grows when there may be room.
        var version = 0
        var listener: Int?
    }

    private let news: QueueNews
    private let loop: RedisEventLoop
    private let state = Locked(State())

    /// How often those that wait look by themselves: not everybody who takes messages tells.
    private static var lookInterval: Duration { .seconds(1) }

    init(_ news: QueueNews, _ loop: RedisEventLoop) {
        self.news = news
        self.loop = loop
    }

    /// What to pass to `wait`. It must be asked before the attempt that finds no room.
    var version: Int { state.withLock { $0.version } }

    /// Whether others wait already.
    var isAwaited: Bool { state.withLock { !$0.waiters.isEmpty } }

    /// Waits until there may be room, and it is one's turn.
    ///
    /// - Throws: `.cancelled`.
    func wait(since version: Int, until deadline: ContinuousClock.Instant?) async throws(RedisError) {
        let promise = Promise<Void>()
        let (id, listens) = state.withLock { state -> (Int?, Bool) in
            if state.version != version, state.waiters.isEmpty { return (nil, false) }
            state.lastID += 1
            state.waiters.append((state.lastID, promise))
            let listens = state.listener == nil
            if listens { state.listener = 0 }
            return (state.lastID, listens)
        }
        guard let id else { return }
        if listens {
            let number = news.listen { [weak self] item in
                switch item {
                case .room, .listening: self?.mayHaveRoom()
                case .delayed: break
                }
            }
            state.withLock { $0.listener = number }
        }
        let rest = deadline.map { max(ContinuousClock.now.duration(to: $0), .zero) } ?? Self.lookInterval
        let timer = ScheduledCall(after: min(rest, Self.lookInterval), on: loop) { promise.complete(.success(())) }
        defer {
            timer.cancel()
            state.withLock { $0.waiters.removeAll { $0.id == id } }
        }
        try await promise.value()
    }

    /// There may be room: the first one tries. One that has found room calls it too, because there may be more.
    func mayHaveRoom() {
        let first = state.withLock { state in
            state.version += 1
            return state.waiters.first?.promise
        }
        first?.complete(.success(()))
    }
}
