/// The link to one shard of a cluster. It leads to the shard's primary or to a replica, whichever node that is now.
struct ClusterLink: Sendable {
    let session: Session<PubSubDriver>
    /// Closes the link when it has had no names for a while.
    var closing: ScheduledCall?
    /// Since when the link has names whose slots the topology gives to another shard, although the link is up.
    var staleSince: ContinuousClock.Instant?
}

/// A shard channel that no link has, because its slot is being moved, nobody serves the slot, or the topology is not
/// known yet.
struct UnassignedChannel: Sendable {
    /// The request for the next link.
    var request: SubscriptionMachine.NameRequest
    /// The loss of this channel, which it may share with other names.
    var loss: GapTracker.Loss?
    /// The shard whose link has lost the channel.
    var shard: Int?
}

/// The nodes that have refused names of a slot, and when. They are not asked again before a pause is over. Otherwise
/// two nodes that contradict each other would send the names to and fro.
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
    /// The entry of a shard channel on this link.
    func entry(_ name: RedisBytes) -> NameTable.Entry? { driver.machine.entry(.shardChannel, name) }

    /// The shard channels that are wanted on this link.
    var shardChannels: [RedisBytes] { driver.machine.tables[.shardChannel].entries.filter(\.isWanted).map(\.name) }

    /// Whether nothing needs the link any more.
    var isUnused: Bool { driver.machine.tables[.shardChannel].entries.isEmpty && driver.machine.awaitsNothing }

    var isUp: Bool { driver.machine.isReady }

    /// Assigns shard channels to this link, together with their loss.
    func assign(_ requests: [SubscriptionMachine.NameRequest], _ loss: GapTracker.Loss? = nil) {
        perform { driver, output in driver.assign(requests, loss, &output) }
        start()
    }

    func unsubscribe(_ targets: [SubscriptionMachine.Target]) {
        perform { driver, output in driver.unsubscribe(.shardChannel, targets, &output) }
    }

    /// Gives up the names that `isMoved` selects, if the link is down.
    func unassignWhileDown(_ isMoved: (RedisBytes) -> Bool) {
        guard !driver.machine.isReady else { return }
        perform { driver, _ in driver.unassignWhileDown(RedisError(.relocated, "the slot has moved"), isMoved) }
    }
}
