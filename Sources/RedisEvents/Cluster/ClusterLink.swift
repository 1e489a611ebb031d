/// The link to one shard of a cluster: to its primary, or to a replica, whichever node that is by now.
struct ClusterLink: Sendable {
    let session: Session<PubSubDriver>
    /// Closes it when it has had no names for a while.
    var release: ScheduledCall?
}

/// A shard channel that no link has: its slot is on its way, nobody serves it, or the topology is not known yet.
struct UnassignedChannel: Sendable {
    var departure: SubscriptionMachine.Departure
    /// What is missed of it, together with other names.
    var loss: GapTracker.Loss?
    /// The shard whose link has lost it.
    var shard: Int?
}

extension Session<PubSubDriver> {
    /// What this link knows of a name.
    func entry(_ name: RedisBytes) -> NameTable.Entry? { driver.machine.entry(.shardChannel, name) }

    /// The shard channels that are wanted here.
    var shardChannels: [RedisBytes] { driver.machine.tables[.shardChannel].entries.filter(\.isWanted).map(\.name) }

    /// Whether there is nothing that the link is needed for.
    var isUnused: Bool { driver.machine.tables[.shardChannel].entries.isEmpty && driver.machine.awaitsNothing }

    var isUp: Bool { driver.machine.isReady }

    func subscribe(_ wishes: [SubscriptionMachine.Wish]) {
        perform { driver, output in driver.subscribe(.shardChannel, wishes, &output) }
        start()
    }

    func unsubscribe(_ targets: [SubscriptionMachine.Target]) {
        perform { driver, output in driver.unsubscribe(.shardChannel, targets, &output) }
    }

    func arrive(_ arrivals: [SubscriptionMachine.Departure], _ loss: GapTracker.Loss?) {
        perform { driver, output in driver.arrive(arrivals, loss, &output) }
        start()
    }

    /// Lets names go that the topology gives to another shard, if the link is down.
    func departWhileDown(_ goes: (RedisBytes) -> Bool) {
        guard !driver.machine.isReady else { return }
        perform { driver, _ in driver.departWhileDown(RedisError(.relocated, "the slot has moved"), goes) }
    }
}
