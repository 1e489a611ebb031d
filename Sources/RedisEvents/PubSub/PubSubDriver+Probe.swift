/// What a driver needs for its delivery probe.
struct DeliveryProof {
    let settings: RedisDeliveryProbe
    let channel: RedisBytes

    init(_ settings: RedisDeliveryProbe) {
        self.settings = settings
        channel = RedisBytes("\(settings.channelPrefix)\(UInt64.random(in: .min ... .max))")
    }
}

// How a PubSub proves that messages still reach it.
extension PubSubDriver {
    /// Whether this is the probe's own channel, of which only a refusal is told.
    func isProbe(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        guard let proof, kind == .channel else { return false }
        return name == proof.channel
    }

    /// Whether the link has the probe's channel.
    var isProbeConfirmed: Bool {
        guard let proof else { return false }
        return machine.entry(.channel, proof.channel)?.isConfirmed == true
    }

    /// The first link is ready: the channel is subscribed, and again with all others on each link that follows.
    func startProbing(_ output: inout WriteBuffer) {
        guard let proof else { return }
        probing = ProbeMachine(proof.settings, linkReadyAt: .now)
        requests.proveLater(after: proof.settings.interval)
        let channel = proof.channel
        guard machine.tables[.channel].index(of: channel.rawSpan) == nil else { return }
        run(machine.subscribe(.channel, [SubscriptionMachine.NameRequest(name: channel)]), &output)
    }

    /// Takes a message of the probe's channel, which nobody else sees, by whatever pattern.
    func received(_ view: borrowing PubSub.MessageView, of proof: DeliveryProof) {
        heardAt = now.monotonic
        guard view.kind == .message else { return }
        probe.account.received.channelMessages += 1
        // Whoever knows the channel may publish there. A number is short.
        let payload = view.payload
        if payload.byteCount <= 20, let number = RedisBytes(copying: payload).decimal(UInt64.self) { heard = number }
    }

    func proofIsDue() {
        guard let proof, machine.isReady else { return }
        guard !isReadingPaused, isProbeConfirmed else {
            if let action = probing?.rest(at: .now) { perform(action, proof) }
            return
        }
        let action = probing?.look(
            at: .now,
            lastMessage: [lastEvent?.monotonic, heardAt].compactMap(\.self).max(),
            heard: heard,
            next: UInt64.random(in: 1...UInt64.max)
        )
        if let action { perform(action, proof) }
    }

    private func perform(_ action: ProbeMachine.Action, _ proof: DeliveryProof) {
        switch action {
        case .wait(let duration):
            requests.proveLater(after: duration)
        case .publish(let number):
            requests.publish(proof.channel, RedisBytes("\(number)")) { driver, error in
                // Who may not publish cannot prove anything, and is told so once.
                if let error, error.code == .notPermitted { return driver.stopProbing(error) }
                if let next = driver.probing?.published(number, error == nil, at: .now) { driver.perform(next, proof) }
            }
        case .lost:
            let text = "alive, but what was published did not arrive within \(proof.settings.timeout)"
            requests.cut(RedisError(.deliveryFailed, text, phase: .listen))
        }
    }

    private func stopProbing(_ error: RedisError) {
        guard let proof else { return }
        probing = nil
        sink.event(.refused(PubSub.SubscriptionRefusal(kind: .channel, name: proof.channel, error: error)))
        endTurn(isDrained: true)
    }
}
