/// What a driver needs for its delivery probe.
struct DeliveryProof {
    let settings: DeliveryProbe
    let channel: RedisBytes

    init(_ settings: DeliveryProbe) {
        self.settings = settings
        channel = RedisBytes("\(settings.channelPrefix)\(UInt64.random(in: .min ... .max))")
    }
}

// How a PubSub proves that messages still reach it.
extension PubSubDriver {
    /// Whether this is the probe's own channel, of which only a refusal is told.
    func isProbe(_ kind: SubscriptionKind, _ name: RedisBytes) -> Bool {
        guard let proof, kind == .channel else { return false }
        return name == proof.channel
    }

    /// The first link is ready: the channel is subscribed, and again with all others on each link that follows.
    func startProbing(_ output: inout WriteBuffer) {
        guard let proof else { return }
        probing = ProbeMachine(proof.settings, linkReadyAt: .now)
        requests.proveLater(after: proof.settings.interval)
        let channel = proof.channel
        guard machine.tables[.channel].index(of: channel.rawSpan) == nil else { return }
        run(machine.subscribe(.channel, [SubscriptionMachine.Wish(name: channel)], call: 0), &output)
    }

    /// Whether the message is the probe's own, which nobody else sees, by whatever pattern it came.
    func isProof(_ view: borrowing MessageView) -> Bool {
        guard let proof, view.kind != .smessage, proof.channel.equals(view.channel) else { return false }
        if let number = view.payload.decimal { heard = number }
        return true
    }

    func proofIsDue() {
        guard let proof, machine.isReady else { return }
        let action = probing?.look(
            at: .now,
            lastMessage: lastEvent?.monotonic,
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
                if let next = driver.probing?.published(error == nil, at: .now) { driver.perform(next, proof) }
            }
        case .lost:
            let text = "alive, but what was published did not arrive within \(proof.settings.timeout)"
            requests.cut(RedisError(.deliveryFailed, text, phase: .listen))
        }
    }

    private func stopProbing(_ error: RedisError) {
        guard let proof else { return }
        probing = nil
        sink.event(.refused(SubscriptionRefusal(kind: .channel, name: proof.channel, error: error)))
        endTurn(isDrained: true)
    }
}

extension RawSpan {
    /// The number that stands here in decimal digits.
    fileprivate var decimal: UInt64? { UInt64(String(decoding: RedisBytes(copying: self), as: UTF8.self)) }
}
