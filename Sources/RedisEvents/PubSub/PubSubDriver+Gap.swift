// What may have been missed, and which names it is about.
extension PubSubDriver {
    func loss(_ cause: RedisDisconnect, _ lastReceived: Moment, _ names: [RedisGap.Name]? = nil) -> GapTracker.Loss {
        var lastReceived = lastReceived
        // Another node had the slots for a while before this one, or the topology, said so.
        if let clusterDelegate, cause.reason == .relocated, let right = clusterDelegate.lastKnownRight,
            right.monotonic < lastReceived.monotonic
        {
            lastReceived = right
        }
        return GapTracker.Loss(
            cause: cause,
            lastReceived: lastReceived,
            lastEvent: lastEvent,
            names: names ?? subscribedNow
        )
    }

    /// Whether a message is one of those that the open gap may hold. Where slots move one by one, most are not.
    func gapTouches(_ view: borrowing PubSub.MessageView) -> Bool {
        guard clusterDelegate != nil, view.kind == .smessage else { return true }
        return gap.touches(RedisGap.Name(kind: .shardChannel, name: RedisBytes(copying: view.channel)))
    }

    /// Names have come from another link that lost them.
    func takeLoss(_ loss: GapTracker.Loss) {
        gap.linkLost(loss)
        cutDedicated(loss.names)
        guard let node = loss.cause.node, node != endpoint, clusterDelegate?.sharesShard(with: node) == true else {
            return
        }
        if machine.isReady { expectEchoes() } else { isToldOfEchoes = true }
    }

    var gapNames: [RedisGap.Name] { gap.names }

    func explainGap(_ explanation: (RedisDisconnect) -> RedisDisconnect) { gap.explain(explanation) }

    func closeGap(at moment: Moment, missed: Int?) {
        tell(gap.allRestored(at: moment, missed: missed))
    }

    /// Puts gaps here, for all who missed something.
    func tell(_ gaps: [RedisGap]) {
        for gap in gaps { broadcast(.gap(gap)) }
        if gaps.contains(where: \.isComplete) { cut = [:] }
    }

    /// What is missed up to the end, which is now.
    func recordRest() {
        for gap in gap.ended(at: .now()) { broadcast(.gap(gap)) }
    }

    /// Names leave the link. One that the server had, and of which it says only now that another has it, is missed since
    /// nobody knows when. Returns what is not accounted for of them.
    func releaseLoss(of names: [RedisGap.Name]) -> GapTracker.Loss? {
        let untold = names.filter { !gap.touches($0) }
        if !untold.isEmpty { wereRevoked(untold) }
        defer { if !gap.isOpen { cut = [:] } }
        return gap.release(names)
    }

    func wereRevoked(_ names: [RedisGap.Name]) {
        let text =
            clusterDelegate == nil ? "the server revoked a subscription" : "the server let go of a slot, or of its part"
        var cause = RedisDisconnect(clusterDelegate == nil ? .refused : .relocated, text)
        cause.node = endpoint
        gap.linkLost(loss(cause, now, names))
        probe.namesWereRevoked()
        cutDedicated(names)
    }
}
