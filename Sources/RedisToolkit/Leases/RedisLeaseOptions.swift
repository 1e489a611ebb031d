/// How leases of a lock are taken and kept. It is the same for a semaphore and for a read/write lock.
public struct RedisLeaseOptions: Sendable, Hashable {
    /// What keeps a lease beyond its time to live.
    public enum Renewal: String, Sendable, Hashable, CaseIterable {
        /// The lease is renewed at a third of its time to live, again and again, until it is given back.
        case automatic
        /// Nothing does: a lease ends after its time to live unless `RedisLease.renew` or `extend` is called.
        case none
    }

    /// Who gets a lease that several wait for.
    public enum Order: String, Sendable, Hashable, CaseIterable {
        /// In one process those that have waited longest come first; between processes the fastest is served.
        case unordered
        /// The processes are served in the order in which they began to wait, each with the one that has waited
        /// longest in it. It costs one command more for each grant. A process that does not take its turn within 5 s
        /// is passed over.
        case fair
    }

    /// For how long the server keeps a lease that nobody renews: at least 100 ms. The default is 30 s.
    ///
    /// It is how long others wait if the holder's process dies, and how long the holder may be cut off from the server
    /// before it loses the lease.
    public var timeToLive: Duration
    /// What keeps a lease beyond its time to live. The default is `.automatic`.
    public var renewal: Renewal
    /// Who gets a lease that several wait for. The default is `.unordered`. All processes have to agree on it.
    public var order: Order
    /// What a grant waits for. The default is `.primary`.
    public var durability: RedisLeaseDurability

    /// Options; every one that is not given has its documented default.
    public init(
        timeToLive: Duration = .seconds(30),
        renewal: Renewal = .automatic,
        order: Order = .unordered,
        durability: RedisLeaseDurability = .primary
    ) {
        self.timeToLive = timeToLive
        self.renewal = renewal
        self.order = order
        self.durability = durability
    }

    /// Throws when a value cannot work.
    func check(_ kind: String, _ name: RedisBytes) throws(RedisError) {
        let words = "the \(kind) \(name.debugDescription)"
        try timeToLive.check(as: "timeToLive", of: words, from: .milliseconds(100))
        guard case .replicas(let count, let within) = durability else { return }
        guard 1...1000 ~= count else {
            throw RedisError(.invalidConfiguration, "\(words): durability names \(count) replicas: 1 to 1000 will do")
        }
        guard within >= .milliseconds(1), within < timeToLive else {
            let text = "\(words): durability has to be reached within a time from 1 ms to timeToLive"
            throw RedisError(.invalidConfiguration, text)
        }
    }
}

/// What a grant of a lease waits for before it counts.
public enum RedisLeaseDurability: Sendable, Hashable {
    /// Nothing: the primary has it.
    case primary
    /// So many replicas have it as well (WAIT). If they have not within that time, the lease is given back, and its
    /// request throws `.timedOut`. It makes it less likely, but not impossible, that a failover grants the lease twice:
    /// a replica that does not have it may be promoted all the same. A grant costs two round trips more, over an
    /// exclusive link.
    case replicas(Int, within: Duration)
}

extension Duration {
    /// The longest time to live and period that the toolkit takes: ten years.
    static var longestForServers: Duration { .seconds(10 * 366 * 86_400) }

    /// Throws unless the time is within limits that work at a server. `part` is the name of the parameter.
    func check(as part: String, of words: String, from least: Duration) throws(RedisError) {
        guard self >= least, self <= .longestForServers else {
            let text = "\(words): \(part) is \(inSeconds), and has to be from \(least.inSeconds) to ten years"
            throw RedisError(.invalidConfiguration, text)
        }
    }
}
