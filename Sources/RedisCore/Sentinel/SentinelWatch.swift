/// Decides when the Sentinels have to be asked although no link was lost: when one of them reports a switch, when a
/// link to one of them is up again, because a switch may have been missed, and now and then.
///
/// It runs on its session's loop, and owns a subscribed link to each Sentinel. No single Sentinel is believed: its
/// report only begins a round in which all are asked.
actor SentinelWatch {
    /// Links are opened this long after the beginning, so that a link for one command opens none.
    private static let openingDelay = Duration.milliseconds(500)
    /// The least time between two rounds, whatever is reported.
    private static let minimumPause = Duration.milliseconds(100)
    /// The time after which a round begins without any report; it is shorter while there is no link.
    private static let interval = Duration.seconds(10)
    private static let failingInterval = Duration.seconds(1)

    private let loop: RedisEventLoop
    private let configuration: RedisConfiguration
    private let name: String
    private var members: [RedisEndpoint]
    private var links: [RedisEndpoint: Session<SentinelWatchDriver>] = [:]
    /// Asks the Sentinels; `nil` while there is nothing to watch.
    private var check: (@Sendable () async -> Void)?
    private var round: Task<Void, Never>?
    private var roundEndedAt: ContinuousClock.Instant?
    private var isWanted = false
    private var timer: ScheduledCall?
    private var isFailing = false
    private var hasLinks = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(_ configuration: RedisConfiguration, _ sentinel: RedisSentinelConfiguration, loop: RedisEventLoop) {
        self.loop = loop
        self.configuration = configuration.forLinks(to: sentinel)
        name = sentinel.name
        members = sentinel.sentinels
    }

    /// Begins. `check` asks all Sentinels and acts on their replies.
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
        isFailing = false
        for link in exchange(&links, with: [:]).values { link.assumeIsolated { $0.closeNow() } }
    }

    /// Watches these Sentinels from now on.
    func follow(_ members: [RedisEndpoint]) {
        self.members = members
        guard hasLinks else { return }
        for (sentinel, link) in links where !members.contains(sentinel) {
            link.assumeIsolated { $0.closeNow() }
            links[sentinel] = nil
        }
        for sentinel in members where links[sentinel] == nil { open(sentinel) }
    }

    /// Notes that the link to the server is lost or cannot be opened.
    func markFailing() {
        guard check != nil, !isFailing else { return }
        isFailing = true
        if hasLinks, round == nil { scheduleNext() }
    }

    /// Notes that the link to the server is up.
    func markHealthy() { isFailing = false }

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
            driver: SentinelWatchDriver(endpoint: sentinel) { [weak self] event in
                self?.assumeIsolated { $0.received(event) }
            }
        )
        links[sentinel] = link
        link.assumeIsolated { $0.start() }
    }

    private func received(_ event: SentinelWatchDriver.Event) {
        switch event {
        case .listening:
            // The links to several Sentinels become ready at once, and one round is enough for all of them.
            if round == nil { after(Self.minimumPause) { $0.ask() } } else { isWanted = true }
        case .switched(let change): if change.name == name { ask() }
        }
    }

    /// Begins a round, or makes another one follow the current round.
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
        // Random, so that many clients do not ask at the same time.
        let interval = Self.interval * Double.random(in: 0.8..<1.2)
        let pause = isWanted ? Self.minimumPause : isFailing ? Self.failingInterval : interval
        after(pause) { $0.ask() }
    }

    /// Calls `body` after that time, instead of an earlier call that is still due.
    private func after(_ pause: Duration, _ body: @escaping @Sendable (isolated SentinelWatch) -> Void) {
        timer?.cancel()
        timer = ScheduledCall(after: pause, on: loop) { [weak self] in self?.assumeIsolated { body($0) } }
    }
}

/// The driver of a watch's link: subscribes to the switches that a Sentinel reports and passes them on.
final class SentinelWatchDriver: LinkDriver {
    enum Event: Sendable {
        /// From now on, switches are reported. Earlier ones have to be asked for.
        case listening
        case switched(SwitchMaster)
    }

    private let endpoint: RedisEndpoint
    private let tell: @Sendable (Event) -> Void

    init(endpoint: RedisEndpoint, _ tell: @escaping @Sendable (Event) -> Void) {
        self.endpoint = endpoint
        self.tell = tell
    }

    /// A Sentinel that is down is retried, because nobody waits for its first connect.
    var hasServed: Bool { true }
    var canSendHeartbeat: Bool { true }

    func sendHeartbeat(output: inout WriteBuffer) { output.append { RedisCommand(["PING"]).encode(into: &$0) } }

    /// The next link uses the new credentials.
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        authentication.promise.complete(.success(()))
    }

    func authenticationFailed(_ error: RedisError) {}

    func readBegan(at moment: Moment) {}

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        output.append { RedisCommand(["SUBSCRIBE", SwitchMaster.channel]).encode(into: &$0) }
    }

    /// Only errors of two kinds matter; other errors and the replies to PING do not.
    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let value = RESPValue(frame)
        if case .error(let line) = value { throw .server(line.description, at: endpoint, .subscribe) }
        guard let parts = value.elements, parts.count == 3, parts[1].bytes == SwitchMaster.channel else { return }
        switch parts[0].bytes {
        case "subscribe": tell(.listening)
        case "message": if let payload = parts[2].bytes, let change = SwitchMaster(payload) { tell(.switched(change)) }
        default: break
        }
    }

    func readEnded(isDrained: Bool) {}
    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {}
    func willRetry(_ error: RedisError, after delay: Duration) {}
    func gaveUp(_ error: RedisError) {}
}

/// The message that Sentinels publish to `+switch-master` when another server has become the primary
/// (https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/): `<name> <old ip> <old port> <new ip> <new
/// port>`.
package struct SwitchMaster: Sendable, Equatable {
    /// The channel of these messages.
    static let channel: RedisBytes = "+switch-master"

    package let name: String
    package let primary: RedisEndpoint

    /// `nil` when the payload does not have this form.
    package init?(_ payload: RedisBytes) {
        guard payload.count <= 2048, let text = payload.text else { return nil }
        let words = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        // The name of a primary cannot contain blanks.
        guard words.count == 5, !words[0].isEmpty,
            let primary = RedisEndpoint(sentinelHost: String(words[3]), port: String(words[4]))
        else { return nil }
        name = String(Substring(words[0]))
        self.primary = primary
    }
}
