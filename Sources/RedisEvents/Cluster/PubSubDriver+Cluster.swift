// What a link does as one of several.
extension PubSubDriver {
    typealias Departure = SubscriptionMachine.Departure

    /// Names have left, and what is missed of them with them.
    func depart(_ departures: [Departure], _ error: RedisError) {
        let lost = departures.lazy.filter(\.wasSubscribed)
            .map { RedisGap.Name(kind: .shardChannel, name: $0.wish.name) }
        clusterDelegate?.depart(departures, releaseLoss(ofDeparting: Array(lost)), error, from: endpoint)
    }

    /// Names that the topology gives to another shard leave a link that is down.
    func departWhileDown(_ error: RedisError, _ goes: (RedisBytes) -> Bool) {
        let departures = machine.departWhileDown(goes)
        guard !departures.isEmpty else { return }
        depart(departures, error)
        tellCount()
    }

    /// Names come from another link, and what is missed of them with them.
    func arrive(_ arrivals: [Departure], _ loss: GapTracker.Loss?, _ output: inout WriteBuffer) {
        if let loss { takeLoss(loss) }
        run(machine.arrive(arrivals), &output)
        endTurn(isDrained: true)
    }

    /// Subscribes to names that have their tickets.
    func subscribe(_ kind: RedisSubscriptionKind, _ wishes: [SubscriptionMachine.Wish], _ output: inout WriteBuffer) {
        run(machine.subscribe(kind, wishes), &output)
        endTurn(isDrained: true)
    }

    /// Unsubscribes from names that have their tickets.
    func unsubscribe(
        _ kind: RedisSubscriptionKind,
        _ targets: [SubscriptionMachine.Target],
        _ output: inout WriteBuffer
    ) {
        run(machine.unsubscribe(kind, targets), &output)
        // What was neither on the wire nor at the server is not confirmed away.
        for target in targets where machine.entry(kind, target.name) == nil {
            dedicatedSubscriptions.forget(kind, target.name)
        }
        endTurn(isDrained: true)
    }
}
