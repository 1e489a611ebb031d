// Channels and patterns on two nodes at once.
extension PubSubCluster {
    /// How long a link that could not be opened at first is left alone, while the other serves.
    private static var pause: Duration { .seconds(1) }

    /// Whether channels and patterns are on two nodes, each of which may fail now without a loss.
    var isMirrored: Bool { mirror?.front.machine.isFull ?? false }

    /// Asks both links for names.
    func supply(_ mirror: MirrorLinks, _ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        guard !names.isEmpty else { return }
        for side in MirrorSide.allCases { supply(mirror, side, kind, names) }
    }

    private func supply(_ mirror: MirrorLinks, _ side: MirrorSide, _ kind: RedisSubscriptionKind, _ names: [RedisBytes])
    {
        mirror.front.hasEnded[side] = false
        // What becomes of each name its link tells as an event.
        mirror[side].assumeIsolated { $0.subscribe(kind, names, nil, Promise()) }
    }

    /// Asks both links to let go of names.
    func withdraw(_ mirror: MirrorLinks, _ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        guard !names.isEmpty else { return }
        for side in MirrorSide.allCases {
            let answer = Promise<[PubSub.SubscriptionResult]> { [loop] result in
                // Later: the link is amid its work.
                loop.execute { mirror.front.unsubscribed(kind, names, side, result) }
            }
            mirror[side].assumeIsolated { $0.unsubscribe(kind, names, answer) }
        }
    }

    func mirrorGaveUp(_ side: MirrorSide, _ error: RedisError, hasServed: Bool) {
        guard let mirror, !isClosed else { return }
        let isTooSlow = shared.get().sink.pressure == .failed
        let isLast = mirror.front.gaveUp(side, error)
        if hasServed && (isLast || isTooSlow) { return end(error, discarding: false) }
        guard !isLast, !hasServed else { return }
        _ = ScheduledCall(after: Self.pause, on: loop) { [weak self] in
            self?.assumeIsolated { $0.supplyAgain(side) }
        }
    }

    private func supplyAgain(_ side: MirrorSide) {
        guard let mirror, !isClosed, mirror.front.hasEnded[side], !mirror.front.hasEnded[side.other] else { return }
        for (kind, names) in mirror.front.wanted() where !names.isEmpty { supply(mirror, side, kind, names) }
    }

    /// Sends a PING on one link, and tells the front of the answer.
    nonisolated func askMirror(_ side: MirrorSide, _ question: MirrorMachine<PubSub.Message>.Question) {
        onLoop { engine in
            guard let mirror = engine.mirror, !engine.isClosed else { return }
            let answer = Promise<Void> { [loop = engine.loop] result in
                if case .failure(let error) = result, error.serverMessage == nil { return }
                loop.execute { mirror.front.answered(question) }
            }
            mirror[side].assumeIsolated { $0.ping(nil, answer) }
        }
    }

    /// Lets the front look at what is due.
    nonisolated func callMirror(after pause: Duration) {
        _ = ScheduledCall(after: max(pause, .milliseconds(10)), on: loop) { [weak self] in
            self?.assumeIsolated { $0.mirror?.front.timerFired() }
        }
    }
}
