/// Checks that messages still reach a link. Publishes numbers to a channel of its own when `ProbeMachine` says so, and
/// removes the messages of that channel, whichever pattern brings them. The user gets no event about that channel,
/// except for its refusal.
final class DeliveryProbe {
    let channel: RedisBytes
    private let settings: RedisDeliveryProbe
    private let losses: LossCounters
    private let requests: DriverRequests
    /// `nil` before the first link is ready, and when the server does not let us publish.
    private var machine: ProbeMachine?
    private var lastReceived: ContinuousClock.Instant?
    private let watch: StreamWatch?
    /// The number that was published last, and since when.
    private var publication: (number: UInt64, begin: ContinuousClock.Instant)?

    init(
        _ settings: RedisDeliveryProbe,
        _ losses: LossCounters,
        _ requests: DriverRequests,
        _ active: ActiveFilters,
        _ watch: StreamWatch? = nil
    ) {
        self.settings = settings
        self.watch = watch
        self.losses = losses
        self.requests = requests
        channel = RedisBytes("\(settings.channelPrefix)\(UInt64.random(in: .min ... .max))")
        active.set(.probe, true)
    }

    func isChannel(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool { kind == .channel && name == channel }

    // MARK: Messages

    /// Takes the current message, and those that follow with its names, if they belong to the probe.
    func takes(_ run: inout MessageRun, at now: Moment) -> Bool {
        guard channel.equals(run.view.channel) else { return false }
        repeat {
            lastReceived = now.monotonic
            if run.view.kind == .message { received(run.view.payload, at: now.monotonic) }
            run.leaveOut()
        } while run.nextOfSameNames()
        return true
    }

    private func received(_ payload: RawSpan, at now: ContinuousClock.Instant) {
        losses.countProbe()
        // Anybody who knows the channel may publish there. A number is short.
        guard payload.byteCount <= 20, let number = RedisBytes(copying: payload).decimal(UInt64.self) else { return }
        if let publication, publication.number == number {
            watch?.probeArrived(after: publication.begin.duration(to: now))
            self.publication = nil
        }
        if let action = machine?.received(number, at: now) { perform(action) }
    }

    // MARK: Publishing

    /// Called when a link is ready. Subscribes to the channel; later links subscribe to it together with all other
    /// names.
    func linkReady(_ driver: PubSubDriver, _ output: inout WriteBuffer) {
        machine = ProbeMachine(settings, linkReadyAt: .now)
        requests.probeLater(after: settings.interval)
        guard driver.machine.entry(.channel, channel) == nil else { return }
        driver.perform(driver.machine.subscribe(.channel, [SubscriptionMachine.NameRequest(name: channel)]), &output)
    }

    func intervalEnded(_ driver: PubSubDriver) {
        guard driver.machine.isReady else { return }
        guard !driver.isReadingPaused, driver.machine.entry(.channel, channel)?.isConfirmed == true else {
            if let action = machine?.rest(at: .now) { perform(action) }
            return
        }
        let action = machine?.decide(
            at: .now,
            lastMessage: [driver.filters.gap.lastEvent?.monotonic, lastReceived].compactMap(\.self).max(),
            next: UInt64.random(in: 1...UInt64.max)
        )
        if let action { perform(action) }
    }

    private func perform(_ action: ProbeMachine.Action) {
        switch action {
        case .wait(let duration):
            requests.probeLater(after: duration)
        case .publish(let number):
            publication = (number, .now)
            requests.publish(channel, RedisBytes("\(number)")) { driver, error in
                driver.filters.probe?.published(number, error, driver)
            }
        case .lost:
            let text = "alive, but what was published did not arrive within \(settings.timeout)"
            requests.cut(RedisError(.deliveryFailed, text, phase: .listen))
        }
    }

    private func published(_ number: UInt64, _ error: RedisError?, _ driver: PubSubDriver) {
        // A user who may not publish cannot run the probe, and the log says so once.
        if let error, error.code == .notPermitted {
            machine = nil
            let refusal = PubSub.SubscriptionRefusal(kind: .channel, name: channel, error: error)
            driver.router.sink.event(.refused(refusal))
            driver.router.endTurn(isDrained: true)
        } else if let next = machine?.published(number, error == nil, at: .now) {
            perform(next)
        }
    }
}
