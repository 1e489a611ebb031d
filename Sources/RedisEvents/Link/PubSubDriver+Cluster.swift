// The parts of a link's driver that only a cluster needs.
extension PubSubDriver {
    typealias NameRequest = SubscriptionMachine.NameRequest

    /// Adds names that come to this link, together with their loss.
    func assign(_ requests: [NameRequest], _ loss: GapTracker.Loss?, _ output: inout WriteBuffer) {
        if let loss {
            filters.gap.takeOver(loss)
            filters.echoes?.namesCame(from: loss.cause.node, to: endpoint, isReady: machine.isReady)
        }
        perform(machine.subscribe(.shardChannel, requests), &output)
        router.endTurn(isDrained: true)
    }

    /// Handles names that have left this link, together with their loss.
    func unassign(_ names: [NameRequest], _ error: RedisError) {
        let lost = names.lazy.filter(\.wasSubscribed).map { RedisGap.Name(kind: .shardChannel, name: $0.name) }
        let loss = filters.gap.release(Array(lost), by: endpoint, at: now)
        clusterDelegate?.unassign(names, loss, error, from: endpoint)
    }

    /// Gives up names of a link that is down, if the topology gives their slots to another shard.
    func unassignWhileDown(_ error: RedisError, _ isMoved: (RedisBytes) -> Bool) {
        let names = machine.unassignWhileDown(isMoved)
        guard !names.isEmpty else { return }
        unassign(names, error)
        tellCount()
    }

    /// Unsubscribes from names that have tickets already.
    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ targets: [SubscriptionMachine.Target],
        _ output: inout WriteBuffer
    ) {
        perform(machine.unsubscribe(kind, targets), &output)
        context.dedicatedSubscriptions.forget(kind, targets.map(\.name), unlessKnownTo: machine)
        router.endTurn(isDrained: true)
    }
}
