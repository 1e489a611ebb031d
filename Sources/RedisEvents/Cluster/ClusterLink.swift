/// The link to one shard of a cluster: to its primary, or to a replica, whichever node that is by now.
struct ClusterLink: Sendable {
    let session: Session<PubSubDriver>
    /// Closes it when it has had no names for a while.
    var closing: ScheduledCall?
    /// Since when it has names whose slots the topology gives to another shard, although it is up.
    var staleSince: ContinuousClock.Instant?
}

/// A shard channel that no link has: its slot is being moved, nobody serves the slot, or the topology is not known yet.
struct UnassignedChannel: Sendable {
    /// What the next link is asked for.
    var request: SubscriptionMachine.NameRequest
    /// What is missed of it, together with other names.
    var loss: GapTracker.Loss?
    /// The shard whose link has lost it.
    var shard: Int?
}

/// The nodes that have refused names of a slot, and when. They are not asked again before a pause is over: two nodes
/// that contradict each other would send the names to and fro.
struct SlotRefusals {
    static let pause = Duration.milliseconds(250)

    private var refusals: [Int: [RedisEndpoint: ContinuousClock.Instant]] = [:]
    private var last: ContinuousClock.Instant?

    mutating func add(_ slot: Int, by node: RedisEndpoint, at now: ContinuousClock.Instant) {
        if let last, last.duration(to: now) >= Self.pause { refusals = [:] }
        last = now
        refusals[slot, default: [:]][node] = now
    }

    /// Whether the node may be asked for names of the slot.
    func allow(_ slot: Int, at node: RedisEndpoint, _ now: ContinuousClock.Instant) -> Bool {
        guard let refusedAt = refusals[slot]?[node] else { return true }
        return refusedAt.duration(to: now) >= Self.pause
    }
}

extension Session<PubSubDriver> {
    /// What this link knows of a shard channel.
    func entry(_ name: RedisBytes) -> NameTable.Entry? { driver.machine.entry(.shardChannel, name) }

    /// The shard channels that are wanted here.
    var shardChannels: [RedisBytes] { driver.machine.tables[.shardChannel].entries.filter(\.isWanted).map(\.name) }

    /// Whether there is nothing that the link is needed for.
    var isUnused: Bool { driver.machine.tables[.shardChannel].entries.isEmpty && driver.machine.awaitsNothing }

    var isUp: Bool { driver.machine.isReady }

    /// Shard channels are this link's from now on, with what is missed of them.
    func assign(_ requests: [SubscriptionMachine.NameRequest], _ loss: GapTracker.Loss? = nil) {
        perform { driver, output in driver.assign(requests, loss, &output) }
        start()
    }

    func unsubscribe(_ targets: [SubscriptionMachine.Target]) {
        perform { driver, output in driver.unsubscribe(.shardChannel, targets, &output) }
    }

    /// If the link is down, it gives up the names that `isMoved` names.
    func unassignWhileDown(_ isMoved: (RedisBytes) -> Bool) {
        guard !driver.machine.isReady else { return }
        perform { driver, _ in driver.unassignWhileDown(RedisError(.relocated, "the slot has moved"), isMoved) }
    }
}
