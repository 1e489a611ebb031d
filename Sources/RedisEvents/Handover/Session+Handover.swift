// New credentials for a subscriber in RESP2: a second link is opened with them, subscribed to the same, and taken over.
// Until then the first one goes on delivering, so that giving up costs nothing. Everything here runs on the loop.
extension Session<PubSubDriver> {
    /// How long a second link may be tried for. Refused credentials are not tried again.
    private static var patience: Duration { .seconds(30) }

    func handOver(_ authentication: Authentication) {
        guard !isClosed, driver.machine.isReady, driver.handover == nil else {
            return authentication.answer.give(.failure(RedisError(.connectionLost, "there is no link now")))
        }
        // The server that this link is on, not whoever has its part by then.
        var configuration = configuration.pinned(to: endpoint)
        configuration.credentials = authentication.credentials
        configuration.protocolVersion = .resp2
        configuration.firstConnectTimeout = nil
        configuration.isAuxiliary = true
        configuration.reconnect.initialPatience = Self.patience
        let seed = UInt64.random(in: .min ... .max)
        let successor = Session<HandoverDriver>(
            configuration: configuration,
            loop: loop,
            driver: HandoverDriver(configuration, isInCluster: driver.machine.isInCluster, seed: seed) {
                [weak self] report in
                self?.assumeIsolated { $0.successorReports(report) }
            }
        )
        driver.handover = HandoverRun(authentication, successor, seed: seed)
        successor.assumeIsolated { $0.start() }
    }

    private func successorReports(_ report: HandoverReport) {
        guard let run = driver.handover else { return }
        switch report {
        case .ready:
            // From here on the names stay as they are. What is on the wire is answered first.
            run.isExclusive = true
            limit(run, to: Self.patience) { $0.startOver($1) }
            fence(run) { $0.oldIsQuiet($1) }
        case .confirmed:
            limit(run, to: configuration.heartbeatTimeout) { $0.act(on: $1.machine.timeIsUp(), $1) }
            later(run) { $0.act(on: $1.machine.confirmed(), $1) }
        case .message(let message, let digest):
            run.held.append(message)
            run.machine.newReceived(digest, bytes: message.byteCount)
        case .answered:
            let action = run.machine.answered(on: .new)
            later(run) { $0.act(on: action, $1) }
        case .revoked:
            later(run) { $0.startOver($1) }
        case .lost:
            startOver(run, cuts: false)
        case .failed(let error):
            driver.endHandover(.failure(error))
        }
    }

    /// Everything that the old link was asked before is answered: the new one may subscribe to the same.
    private func oldIsQuiet(_ run: HandoverRun) {
        guard driver.machine.isQuiet else { return fence(run) { $0.oldIsQuiet($1) } }
        let names = driver.confirmedNames
        guard !names.isEmpty else { return startOver(run) }
        run.nameCount = names.count
        driver.handoverIsOpen = true
        run.successor.assumeIsolated { successor in successor.subscribeLike(names) }
    }

    private func act(on action: Handover.Action, _ run: HandoverRun) {
        switch action {
        case .ask(.new):
            run.successor.assumeIsolated { $0.perform { driver, output in driver.ask(&output) } }
        case .ask(.old):
            fence(run) { session, run in
                // Here and now: what comes behind the answer does not count.
                let action = run.machine.answered(on: .old)
                session.later(run) { $0.act(on: action, $1) }
            }
        case .goOver(let isProven):
            goOver(run, isProven: isProven)
        }
    }

    private func goOver(_ run: HandoverRun, isProven: Bool) {
        // A server may take a subscription away at any time; the names are then not the same any more.
        guard driver.machine.isQuiet, driver.confirmedNames.count == run.nameCount else { return startOver(run) }
        // A link that its readers keep from being read answers nothing, and has lost nothing: later, then.
        guard isProven || !isReadingPaused else { return startOver(run) }
        let openPings = run.successor.assumeIsolated { $0.driver.openPings }
        let before = facts?.runID
        guard adopt(run.successor) else { return startOver(run) }
        let after = facts?.runID
        // What one server has written to a link says nothing of what another one has.
        let isProven = isProven && before == after
        perform { driver, output in
            driver.probe.linkLeads(to: after)
            driver.linkWasReplaced(run, openPings: openPings, isProven: isProven, output: &output)
        }
        adjustReading()
    }

    /// Begins again, with another connection unless the second link has lost its own.
    private func startOver(_ run: HandoverRun, cuts: Bool = true) {
        run.startOver()
        driver.pauseHandover(run)
        guard cuts else { return }
        loop.execute { [successor = run.successor] in
            successor.assumeIsolated {
                $0.cut(RedisError(.connectionLost, "could not take over from the link with the old credentials"))
            }
        }
    }

    private typealias Step = @Sendable (isolated Session<PubSubDriver>, HandoverRun) -> Void

    /// Asks the old link for an answer, and calls `body` when it comes, amid what is being read.
    private func fence(_ run: HandoverRun, _ body: @escaping Step) {
        let step = bound(run, body)
        let answer = Answer<Void> { result in
            if case .success = result { step() }
        }
        perform { driver, output in driver.ask(["PING"], answer, &output) }
    }

    /// Calls `body` when nothing else of this session is on the stack.
    private func later(_ run: HandoverRun, _ body: @escaping Step) {
        loop.execute(bound(run, body))
    }

    /// Calls `body` after a time, in place of an earlier limit.
    private func limit(_ run: HandoverRun, to duration: Duration, _ body: @escaping Step) {
        run.timer?.cancel()
        run.timer = ScheduledCall(after: duration, on: loop, bound(run, body))
    }

    /// `body` for this attempt: once another has begun, or it has ended, it does nothing.
    private func bound(_ run: HandoverRun, _ body: @escaping Step) -> @Sendable () -> Void {
        { [weak self, attempt = run.attempt] in
            self?.assumeIsolated { session in
                guard let run = session.driver.handover, run.attempt == attempt, run.isExclusive else { return }
                body(session, run)
            }
        }
    }
}

extension Session<HandoverDriver> {
    fileprivate func subscribeLike(_ names: [(kind: SubscriptionKind, name: RedisBytes)]) {
        perform { driver, output in driver.subscribe(names, &output) }
    }
}
