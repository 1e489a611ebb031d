/// How long something takes, by the hour, for any number of contexts and over all processes; and which contexts are
/// slowest: `access_time` of *Redis in Action*.
///
/// ```swift
/// let times = RedisAccessTimes(client)
/// let page = try await times.measure("index") { try await render("index") }
/// print(try await times.statistics(of: "index")?.average as Any, try await times.slowest())
/// ```
///
/// **The keys**: `stats:<context>:AccessTime`, a sorted set with `count`, `sum`, `sumsq`, `min` and `max` in seconds,
/// of this hour of UTC; the same with `:last` behind it, of the last hour that had any; `:start` and `:pstart`, when
/// these hours began; and `slowest:AccessTime`, the contexts by their average. In a cluster the context has braces.
public struct RedisAccessTimes: Sendable {
    /// Reaches the server.
    public let client: RedisClient
    /// How many contexts `slowest` has at most.
    public let limit: Int
    private let isCluster: Bool

    /// Access times. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - client: Reaches the server.
    ///   - limit: How many contexts `slowest` has at most, 1 at least.
    public init(_ client: RedisClient, limit: Int = 100) {
        self.client = client
        self.limit = max(limit, 1)
        isCluster = client.configuration.cluster != nil
    }

    /// Runs `body`, and records how long it took, also when it throws.
    ///
    /// - Parameters:
    ///   - context: Where it happens.
    ///   - body: What is measured.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws. That a time could not be recorded is no error of the work.
    public func measure<Value>(_ context: String, _ body: () async throws -> Value) async rethrows -> Value {
        let began = ContinuousClock.now
        do {
            let value = try await body()
            _ = try? await record(began.duration(to: .now), in: context)
            return value
        } catch {
            _ = try? await record(began.duration(to: .now), in: context)
            throw error
        }
    }

    /// Records how long something took.
    ///
    /// - Parameters:
    ///   - time: How long.
    ///   - context: Where.
    /// - Returns: The statistics of this hour.
    /// - Throws: What `RedisClient.run` throws.
    @discardableResult
    public func record(_ time: Duration, in context: String) async throws(RedisError) -> RedisStatistics {
        try await client.observing("record", of: "access time", RedisBytes(context)) { () async throws(RedisError) in
            let keys = ["", ":start", ":last", ":pstart"].map { key(context) + $0 }
            let reply = try await client.run(.addStatistics, keys: keys, arguments: ["\(time / .seconds(1))"])
            guard let parts = RedisScoredMember.list(reply), let statistics = RedisStatistics(parts) else {
                throw .unexpectedReply("EVALSHA")
            }
            let limit = limit
            // Both may have another slot than the statistics.
            _ = try await client.atomically { batch in
                batch.append(.zadd(Self.slowestKey, context, statistics.average))
                batch.append(.zremrangebyrank(Self.slowestKey, 0, -limit - 1))
            }
            return statistics
        }
    }

    /// The times of a context in this hour; `nil` if there are none.
    ///
    /// - Parameters:
    ///   - context: Where.
    ///   - isPrevious: Whether those of the last hour before this one are wanted that had any.
    /// - Returns: The statistics.
    /// - Throws: What `RedisClient.send` throws.
    public func statistics(of context: String, previous isPrevious: Bool = false) async throws(RedisError)
        -> RedisStatistics?
    {
        let key = key(context) + (isPrevious ? ":last" : "")
        return RedisStatistics(try await client.send(.zrangeWithScores(key, 0, -1)))
    }

    /// The contexts with the longest averages, the slowest first, each with its average in seconds as the score.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func slowest() async throws(RedisError) -> [RedisScoredMember] {
        try await client.send(.zrevrangeWithScores(Self.slowestKey, 0, limit - 1))
    }

    private static let slowestKey = "slowest:AccessTime"

    private func key(_ context: String) -> String {
        isCluster ? "stats:{\(context)}:AccessTime" : "stats:\(context):AccessTime"
    }
}
