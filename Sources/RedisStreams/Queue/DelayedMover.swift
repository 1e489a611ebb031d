internal import RedisCommands
internal import RedisCore
internal import RedisPOSIX
internal import RedisReactor

/// Moves delayed messages of a queue into their streams when they are due. It runs on the loop.
///
/// It knows from the server when the first one is due, and hears of it when an earlier one is put. So hardly anything is
/// asked while nothing is due.
actor DelayedMover {
    nonisolated let loop: RedisEventLoop
    private let client: RedisClient
    private let names: QueueNames
    private let news: QueueNews
    private var listener: Int?
    private var timer: ScheduledCall?
    /// When the timer calls.
    private var dueTime: ContinuousClock.Instant?
    private var isLooking = false
    private var mustLook = false
    private var failures = 0
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    /// The most messages that are moved at once.
    static var most: Int { 100 }
    /// The server is asked again after this time: its clock may have been set, and who puts messages may lack the right
    /// to publish that. It is asked more often when the right to hear of it is lacking here.
    private var longestWait: Duration { news.isListening ? .seconds(30) : .seconds(5) }

    init(_ client: RedisClient, _ names: QueueNames, _ news: QueueNews) {
        self.client = client
        self.names = names
        self.news = news
        loop = client.loop
    }

    /// Begins. Later calls do nothing.
    nonisolated func start() { loop.execute { self.assumeIsolated { $0.startNow() } } }

    private func startNow() {
        guard listener == nil, !isClosed else { return }
        listener = news.listen { [weak self] item in
            guard let self else { return }
            loop.execute { self.assumeIsolated { $0.heard(item) } }
        }
        look()
    }

    nonisolated func close() { loop.execute { self.assumeIsolated { $0.closeHere() } } }

    private func closeHere() {
        isClosed = true
        if let listener { news.forget(listener) }
        timer?.cancel()
        timer = nil
    }

    private func heard(_ item: QueueNews.Item) {
        switch item {
        case .listening: look()
        case .delayed(let time): look(after: time)
        case .room: break
        }
    }

    /// Looks after that time, unless that is done earlier anyway.
    private func look(after time: Duration) {
        let time = min(time, longestWait)
        let instant = ContinuousClock.now.advanced(by: time)
        if isClosed || dueTime.map({ $0 <= instant }) == true { return }
        timer?.cancel()
        dueTime = instant
        timer = ScheduledCall(after: time, on: loop) { [weak self] in
            self?.assumeIsolated { mover in
                mover.dueTime = nil
                mover.look()
            }
        }
    }

    private func look() {
        if isClosed { return }
        mustLook = true
        guard !isLooking else { return }
        isLooking = true
        mustLook = false
        Task { [client, names] in
            do throws(RedisError) {
                let reply = try await client.run(
                    .moveDue,
                    keys: [names.delayed, names.periodic] + names.streams,
                    arguments: [Self.most]
                )
                let numbers = reply.elements?.compactMap(\.integer) ?? []
                guard numbers.count == 2 else { throw .unexpectedReply("EVALSHA") }
                self.looked(numbers[0], numbers[1])
            } catch { self.failed(error) }
        }
    }

    private func looked(_ count: Int, _ rest: Int) {
        isLooking = false
        failures = 0
        if count >= Self.most || mustLook { return look() }
        look(after: rest >= 0 ? .milliseconds(max(rest, 1)) : longestWait)
    }

    private func failed(_ error: RedisError) {
        isLooking = false
        if error.code == .closed { return closeHere() }
        failures = min(failures + 1, 7)
        look(after: min(.milliseconds(50) * (1 << failures), .seconds(5)))
    }
}
