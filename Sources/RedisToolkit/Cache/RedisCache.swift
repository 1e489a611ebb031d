public import RedisCommands
public import RedisCore
internal import RedisReactor

/// Keeps what is expensive to compute or to fetch: in the process, and at the server for all processes.
///
/// ```swift
/// let cache = try RedisCache(client, namespace: "shop")
/// let users = try cache.region("user", key: Int.self, value: User.self)
///
/// let user = try await users.value(for: 7) { id in try await database.user(id) }
/// try await cache.invalidating(user) { try await database.save(user) }
/// ```
///
/// **One computation.** Of all tasks in all processes that miss a value, one computes it and the others wait for it,
/// woken by its end. If its process dies, or it throws, another one goes on. A value whose key was removed or set while
/// it was computed is given to those who had asked for it, and not stored.
///
/// **In the process** the last values that were read are kept, within a limit of bytes (`NearOptions`). The server says
/// over a link of its own which of them have changed (`Invalidations`, Redis 6.0): a value that another process has
/// changed is gone as soon as that arrives. Values are used only while that link was heard within the last two seconds,
/// so that none is older than that, whatever happens to the network, to the server or to this process. A value that
/// this process sets or removes is gone before the call returns.
///
/// **Before a value is stale** one caller computes it anew in the background (`RedisCachePolicy.eagerness`), and for as
/// long as `staleFor` allows the others get the old one meanwhile.
///
/// It works on a single server, with Sentinels and on a cluster. Any task may call. The client must stay open.
public final class RedisCache: Sendable {
    let core: CacheCore

    /// Prepares a cache. The link for the values in the process is opened in the background.
    ///
    /// - Parameters:
    ///   - client: Sends the commands.
    ///   - namespace: What all keys begin with, and a colon. Nobody else may use keys that begin so.
    ///   - policy: How long values are kept. Each region, and each call, may have its own.
    ///   - coder: Turns values into bytes and back.
    ///   - near: How values are kept in the process; `nil` for not at all.
    /// - Throws: `.invalidConfiguration`; `.systemFailure` when there is no memory for a link.
    public init(
        _ client: RedisClient,
        namespace: String,
        policy: RedisCachePolicy = RedisCachePolicy(),
        coder: some RedisValueCoder = RedisJSONCoder(),
        near: NearOptions? = NearOptions()
    ) throws(RedisError) {
        try policy.check()
        try near?.check()
        guard !namespace.isEmpty, !namespace.utf8.contains(UInt8(ascii: "}")) else {
            let shown = namespace.shown(upTo: ShownText.nameLimit)
            throw RedisError(.invalidConfiguration, "the namespace \"\(shown)\" of a cache is empty or holds a brace")
        }
        core = try CacheCore(client, namespace, policy, coder, near)
    }

    /// Sends the commands.
    public var client: RedisClient { core.client }

    /// How values are kept that belong together: by keys of one type, with values of one type.
    ///
    /// A region is a few words and may be asked for as often as one likes. Values of the same region are the same in
    /// all processes, so the types should be the same there too; a value of another type counts as missing, and is
    /// replaced.
    ///
    /// - Parameters:
    ///   - name: The name, without a colon.
    ///   - key: The type of the keys. Equal keys of all processes need equal JSON.
    ///   - value: The type of the values. If it is an optional, `nil` is kept as well.
    ///   - policy: How long values are kept; by default as the cache's policy says.
    ///   - format: How the server keeps them.
    /// - Returns: The region.
    /// - Throws: `.invalidConfiguration` for a name that is empty or has a colon, for one that has other types in this
    ///   process already, and for a policy that cannot work.
    public func region<Key, Value>(
        _ name: String,
        key: Key.Type = Key.self,
        value: Value.Type = Value.self,
        policy: RedisCachePolicy? = nil,
        format: Format = .enveloped
    ) throws(RedisError) -> Region<Key, Value> {
        try policy?.check()
        let number = try core.number(ofRegion: name, Region<Key, Value>.self)
        return Region(core, name, number, policy ?? core.policy, format)
    }

    /// Ends the link for the values in the process, and forgets these. Values are still read from the server.
    public func close() async { await core.tracking?.close() }

    /// Cuts the link for the values in the process as if the network had failed. For tests of a program's behaviour in
    /// that case.
    public func cut() async { await core.tracking?.cut() }
}

extension RedisCache {
    /// How values are kept in the process.
    public struct NearOptions: Sendable, Hashable {
        /// How many bytes there may be, by the size of the values at the server, with 160 bytes for each. A value of
        /// more than a sixteenth is not kept. The default is 64 MiB.
        public var maximumBytes: Int
        /// For how long after the server was heard values are used. The server is asked after half of that time. The
        /// default is 2 s.
        public var lease: Duration

        /// Options. Every argument has its documented default.
        public init(maximumBytes: Int = 64 << 20, lease: Duration = .seconds(2)) {
            self.maximumBytes = maximumBytes
            self.lease = lease
        }

        func check() throws(RedisError) {
            guard maximumBytes > 0 else {
                throw RedisError(.invalidConfiguration, "a near level of \(maximumBytes) bytes holds nothing")
            }
            guard .milliseconds(10) ... .seconds(3600) ~= lease else {
                let text = "a near level's lease of \(lease) is not between 10 ms and an hour"
                throw RedisError(.invalidConfiguration, text)
            }
        }
    }

    /// How the server keeps the values of a region.
    public enum Format: Sendable, Hashable {
        /// With their age in front of them. Other programs read them through this library alone.
        case enveloped
        /// As they are, so that any program may read and write them. What is before the end of its freshness is not
        /// known then: `staleFor` and `eagerness` have no effect.
        case raw
    }

    /// What has become of the calls so far.
    public struct Statistics: Sendable, Hashable {
        /// What the process keeps.
        public var near = NearStatistics()
        /// Values that the server had.
        public var sharedHits = 0
        /// Those among them that were stale, or about to be.
        public var dueHits = 0
        /// Values that the server did not have.
        public var sharedMisses = 0
        /// Values at the server that could not be read. They count as misses.
        public var unreadable = 0
        /// Values that were computed here.
        public var computed = 0
        /// Computations that have thrown.
        public var failedComputations = 0
        /// Computed values that were not stored, because their key was changed meanwhile, or the server was not
        /// reached.
        public var notStored = 0
        /// How often a computation of another process was awaited.
        public var waits = 0
        /// How often a value was computed anew in the background.
        public var refreshes = 0
        /// How often the server was not reached.
        public var failures = 0
        /// Whether the server reports changes, so that the process keeps values.
        public var isTracking = false
    }

    /// What a process keeps of a cache.
    public struct NearStatistics: Sendable, Hashable {
        /// How many values there are.
        public var count = 0
        /// The bytes that they count for.
        public var bytes = 0
        /// How often a value was found.
        public var hits = 0
        /// How often none was found.
        public var misses = 0
        /// How many values were discarded for want of room.
        public var discarded = 0
    }

    /// What has become of the calls so far.
    public var statistics: Statistics {
        var statistics = core.counters.withLock { $0 }
        if let near = core.near {
            statistics.near = near.statistics
            statistics.isTracking = near.isHeard
        }
        return statistics
    }
}

/// What the regions of a cache share.
final class CacheCore: Sendable {
    let client: RedisClient
    let namespace: String
    let policy: RedisCachePolicy
    let coder: any RedisValueCoder
    let flights = Flights()
    /// The keys whose values are being computed anew in the background.
    let refreshing = Locked<Set<RedisBytes>>([])
    let tracking: NearTracking?
    let counters = Locked(RedisCache.Statistics())

    private struct Regions: Sendable {
        var numbers: [String: (number: Int, types: ObjectIdentifier)] = [:]
    }

    private let regions = Locked(Regions())

    var near: NearLevel? { tracking?.near }

    init(
        _ client: RedisClient,
        _ namespace: String,
        _ policy: RedisCachePolicy,
        _ coder: any RedisValueCoder,
        _ near: RedisCache.NearOptions?
    ) throws(RedisError) {
        self.client = client
        self.namespace = namespace
        self.policy = policy
        self.coder = coder
        let prefix = RedisBytes(namespace + ":")
        tracking = if let near { try NearTracking(client, prefix: prefix, near, flights) } else { nil }
    }

    func count(_ counter: WritableKeyPath<RedisCache.Statistics, Int>) {
        counters.withLock { $0[keyPath: counter] += 1 }
    }

    /// The number of a region, by which its values are told from those of others.
    func number(ofRegion name: String, _ types: any Any.Type) throws(RedisError) -> Int {
        let shown = name.shown(upTo: ShownText.nameLimit)
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: ":")) else {
            throw RedisError(.invalidConfiguration, "the name \"\(shown)\" of a region is empty or has a colon")
        }
        let identity = ObjectIdentifier(types)
        let known = regions.withLock { regions in
            if let known = regions.numbers[name] { return known }
            regions.numbers[name] = (regions.numbers.count, identity)
            return (regions.numbers.count - 1, identity)
        }
        guard known.types == identity else {
            let text = "the region \"\(shown)\" of this cache has other types of keys or values already"
            throw RedisError(.invalidConfiguration, text)
        }
        return known.number
    }

    /// The key of a value at the server.
    func place(_ region: String, _ text: RedisBytes) -> RedisBytes {
        RedisBytes(Array("\(namespace):\(region):".utf8) + text)
    }

    /// The key of what a computer of a value holds.
    static func lease(of place: RedisBytes) -> RedisBytes { place.helper("fill") }

    /// The key of a tag. It does not begin as the values do, so that nobody is told of its changes.
    func tagKey(_ name: String) -> RedisBytes { RedisBytes("\(namespace)#tag:\(name)") }
}
