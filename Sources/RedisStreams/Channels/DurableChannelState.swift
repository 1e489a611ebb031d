internal import RedisEvents
internal import RedisRESP

/// The machine of a channel, and how often its last question has failed.
struct DurableChannelState {
    var machine: ContinuityMachine
    private var failureCount = 0

    init(_ machine: ContinuityMachine) { self.machine = machine }

    mutating func answered() { failureCount = 0 }

    /// A question has failed. Returns when to ask again.
    mutating func failed() -> Duration {
        failureCount = min(failureCount + 1, 16)
        return min(.milliseconds(50) * (1 << failureCount), .seconds(5))
    }
}

/// Channels in the order in which they came, each once.
struct CuriousChannels {
    private var names = Queue<RedisBytes>()
    private var members: Set<RedisBytes> = []

    mutating func insert(_ name: RedisBytes) {
        if members.insert(name).inserted { names.append(name) }
    }

    mutating func insert(contentsOf names: some Sequence<RedisBytes>) {
        for name in names { insert(name) }
    }

    mutating func popFirst() -> RedisBytes? {
        guard let name = names.popFirst() else { return nil }
        members.remove(name)
        return name
    }
}
