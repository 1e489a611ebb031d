/// Decides when the Sentinels have to be asked although no link was lost: when one of them tells of a switch, when a link to
/// one of them stands again, which may have missed one, and now and then.
///
/// It runs on its session's loop, and owns a subscribed link to each Sentinel. Nobody is believed at a word: what comes of
/// it is a round of questions.
actor SentinelWatch {
    /// Links are opened that long after the beginning, so that a link of one command costs none.
    private static let openingDelay = Duration.milliseconds(500)
    /// Between two rounds there is at least that much, whatever is told.
    private static let minimumPause = Duration.milliseconds(100)
    /// When nothing calls for it, a round begins after about that long; sooner while there is no link.
    private static let interval = Duration.seconds(10)
    private static let troubledInterval = Duration.seconds(1)

    private let loop: RedisEventLoop
    private let configuration: RedisConfiguration
    private let name: String
    private var members: [RedisEndpoint]
    private var links: [RedisEndpoint: Session<SentinelWatchDriver>] = [:]
    /// Asks; `nil` when there is nothing to watch.
    private var check: (@Sendable () async -> Void)?
    private var round: Task<Void, Never>?
    private var roundEndedAt: ContinuousClock.Instant?
    private var isWanted = false
    private var timer: ScheduledCall?
    private var isTroubled = false
    private var hasLinks = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ configuration: RedisConfiguration, _ sentinel: RedisSentinelConfiguration, loop: RedisEventLoop) {
        self.loop = loop
        self.configuration = configuration.forLinks(to: sentinel)
        name = sentinel.name
        members = sentinel.sentinels
    }

    /// Begins. `check` asks all Sentinels and does what follows from the answers.
    func open(_ check: @escaping @Sendable () async -> Void) {
        self.check = check
        after(Self.openingDelay) { $0.openLinks() }
    }

    /// Ends everything.
    func close() {
        check = nil
        timer.take()?.cancel()
        round.take()?.cancel()
        hasLinks = false
        isWanted = false
        isTroubled = false
        for link in exchange(&links, with: [:]).values { link.assumeIsolated { $0.closeNow() } }
    }

    /// These are the Sentinels now.
    func follow(_ members: [RedisEndpoint]) {
        self.members = members
        guard hasLinks else { return }
        for (sentinel, link) in links where !members.contains(sentinel) {
            link.assumeIsolated { $0.closeNow() }
            links[sentinel] = nil
        }
        for sentinel in members where links[sentinel] == nil { open(sentinel) }
    }

    /// The link to the server is lost, or does not come about.
    func markFailing() {
        guard check != nil, !isTroubled else { return }
        isTroubled = true
        if hasLinks, round == nil { scheduleNext() }
    }

    /// The link to the server stands.
    func markHealthy() { isTroubled = false }

    private func openLinks() {
        guard check != nil else { return }
        hasLinks = true
        follow(members)
        scheduleNext()
    }

    private func open(_ sentinel: RedisEndpoint) {
        var configuration = configuration.pinned(to: sentinel)
        configuration.reconnect = RedisReconnectPolicy()
        let link = Session(
            configuration: configuration,
            loop: loop,
            driver: SentinelWatchDriver(endpoint: sentinel) { [weak self] news in
                self?.assumeIsolated { $0.heard(news) }
            }
        )
        links[sentinel] = link
        link.assumeIsolated { $0.start() }
    }

    private func heard(_ news: SentinelWatchDriver.News) {
        switch news {
        case .listening:
            // Links to several come about at once: one round does for all of them.
            if round == nil { after(Self.minimumPause) { $0.ask() } } else { isWanted = true }
        case .switched(let news): if news.name == name { ask() }
        }
    }

    /// Begins a round, or sees to it that another follows the one that is under way.
    private func ask() {
        guard let check else { return }
        guard round == nil else {
            isWanted = true
            return
        }
        if let roundEndedAt, roundEndedAt.duration(to: .now) < Self.minimumPause {
            return after(Self.minimumPause) { $0.ask() }
        }
        timer.take()?.cancel()
        isWanted = false
        round = Task {
            await check()
            self.roundEnded()
        }
    }

    private func roundEnded() {
        guard check != nil else { return }
        round = nil
        roundEndedAt = .now
        scheduleNext()
    }

    private func scheduleNext() {
        // Many clients shall not come in step.
        let interval = Self.interval * Double.random(in: 0.8..<1.2)
        let pause = isWanted ? Self.minimumPause : isTroubled ? Self.troubledInterval : interval
        after(pause) { $0.ask() }
    }

    /// Calls `body` after that long, in place of what was to be called later.
    private func after(_ pause: Duration, _ body: @escaping @Sendable (isolated SentinelWatch) -> Void) {
        timer?.cancel()
        timer = ScheduledCall(after: pause, on: loop) { [weak self] in self?.assumeIsolated { body($0) } }
    }
}
