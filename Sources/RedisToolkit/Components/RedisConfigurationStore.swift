internal import Logging
internal import RedisReactor

/// Configuration that is kept on a server, for many processes, each of which hears when it changes: `get_config` and
/// `set_config` of *Redis in Action*.
///
/// ```swift
/// let store = try RedisConfigurationStore(client)
/// try await store.set(Limits(perMinute: 100), type: "app", component: "api")
/// for await limits in store.changes(Limits.self, type: "app", component: "api") { apply(limits) }
/// ```
///
/// **The keys** are `config:<type>:<component>`, and their values JSON, as in the book.
///
/// **Changes** are heard in the first of these ways that the server and the user allow: by invalidations of the prefix
/// (Redis 6.0), by messages of those who set values with this library, by keyspace events where the server reports
/// them, or by reading again. A report only says that something has changed: what is told is what was read afterwards,
/// if it is another value. After a time in which reports may have been missed, everything is read again.
///
/// **When the server is out of reach**, what was read last counts, for as long as that takes: `staleSince` says since
/// when. A first read fails.
public final class RedisConfigurationStore: Sendable {
    /// How changes are heard.
    public enum Notice: String, Sendable, Hashable, CaseIterable {
        /// The server tells which keys have changed, whoever changed them (CLIENT TRACKING).
        case invalidations
        /// Whoever sets a value with this library publishes that. Values that others set are noticed by reading again.
        case messages
        /// The server publishes what happens to keys, if `notify-keyspace-events` says so. The setting is not changed.
        case keyspaceEvents
        /// Values are read again when they are older than `staleness`.
        case polling
    }

    /// Reaches the server.
    public let client: RedisClient
    /// What the keys begin with.
    public let prefix: RedisBytes
    package let watch: ConfigurationWatch

    /// A store. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - client: Reaches the server.
    ///   - prefix: What the keys begin with.
    ///   - staleness: How old a value may be where not all changes are reported, and how long a call waits at most for
    ///     a server that is out of reach when it has a value: at least 10 ms.
    ///   - notices: In which ways to hear of changes, the best one first.
    /// - Throws: `.invalidConfiguration` for a time that cannot work.
    public init(
        _ client: RedisClient,
        prefix: some RedisBytesConvertible = "config:",
        staleness: Duration = .seconds(1),
        notices: [Notice] = Notice.allCases
    ) throws(RedisError) {
        try staleness.check(as: "staleness", of: "a configuration store", from: .milliseconds(10))
        self.client = client
        self.prefix = prefix.redisBytes
        watch = ConfigurationWatch(client, self.prefix, staleness: staleness, notices: notices)
    }

    deinit { watch.close() }

    /// How changes are heard now; `nil` before anything was asked, and while the server is out of reach.
    public var notice: Notice? { watch.notice }

    /// Since when values count that could not be read again; `nil` if all is well.
    public var staleSince: ContinuousClock.Instant? { watch.staleSince }

    /// The key of a component.
    public func key(type: String, component: String) -> RedisBytes {
        RedisBytes(prefix.bytes + Array("\(type):\(component)".utf8))
    }

    // MARK: Writing

    /// Sets the configuration of a component.
    ///
    /// - Parameters:
    ///   - value: Becomes JSON.
    ///   - type: Of which kind: `redis` for what `RedisComponents` reads.
    ///   - component: Of whom.
    /// - Returns: Whether it is another one now.
    /// - Throws: `.codingFailed`, and what `RedisClient.run` throws.
    @discardableResult
    public func set(
        _ value: some Encodable,
        type: String,
        component: String
    ) async throws(RedisError) -> Bool {
        let key = key(type: type, component: component)
        return try await change(key, [try RedisJSONCoder().encode(value, for: key)])
    }

    /// Removes the configuration of a component.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: What `RedisClient.run` throws.
    @discardableResult
    public func remove(type: String, component: String) async throws(RedisError) -> Bool {
        try await change(key(type: type, component: component), [])
    }

    private func change(_ key: RedisBytes, _ value: [RedisBytes]) async throws(RedisError) -> Bool {
        let arguments = [ConfigurationListener.channel(prefix)] + value
        return try await client.run(.setConfiguration, keys: [key], arguments: arguments) == .integer(1)
    }

    // MARK: Reading

    /// The configuration of a component; `nil` if there is none. It is read from the server when it may have changed.
    ///
    /// - Throws: `.codingFailed` for what is no such value; what `RedisClient.send` throws, if it was never read
    ///   before.
    public func value<Value: Decodable>(
        _ type: Value.Type = Value.self,
        type kind: String,
        component: String
    ) async throws(RedisError) -> Value? {
        let key = key(type: kind, component: component)
        guard let bytes = try await watch.value(of: key) else { return nil }
        return try RedisJSONCoder().decode(type, from: bytes, of: key)
    }

    /// The configuration of a component, and each change of it; `nil` while there is none.
    ///
    /// It begins with what there is. Whoever reads slowly gets the newest one. A value that is not of this type is left
    /// out and logged. It ends when the task is cancelled, or the store is gone.
    public func changes<Value: Decodable & Sendable>(
        _ type: Value.Type = Value.self,
        type kind: String,
        component: String
    ) -> AsyncStream<Value?> {
        let key = key(type: kind, component: component)
        let logger = client.configuration.logger
        return rawChanges(key) { bytes in
            guard let bytes else { return .some(nil) }
            do throws(RedisError) { return .some(try RedisJSONCoder().decode(type, from: bytes, of: key)) } catch {
                logger.warning("a configuration cannot be read", metadata: ["error": "\(error)"])
                return nil
            }
        }
    }

    /// What there is under a key and each change of it, made into something else; `nil` leaves it out.
    func rawChanges<Value: Sendable>(
        _ key: RedisBytes,
        _ make: @escaping @Sendable (RedisBytes?) -> Value?
    ) -> AsyncStream<Value> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let order = ValueOrder()
            let number = watch.addHandler(key) { bytes in
                order.change { if let value = make(bytes) { continuation.yield(value) } }
            }
            continuation.onTermination = { [weak watch] _ in watch?.removeHandler(key, number) }
            // What is known already is no change. It is told unless a change was faster. What cannot be read is told
            // when it can.
            Task { [watch] in
                let bytes: RedisBytes?
                do throws(RedisError) { bytes = try await watch.value(of: key) } catch { return }
                order.first { if let value = make(bytes) { continuation.yield(value) } }
            }
        }
    }
}

/// Lets the first value not come after a change. What is told is told in the lock, so that it comes in this order; a
/// stream calls nobody there.
private final class ValueOrder: Sendable {
    private let hasBegun = Locked(false)

    func change(_ body: () -> Void) {
        hasBegun.withLock { hasBegun in
            hasBegun = true
            body()
        }
    }

    func first(_ body: () -> Void) {
        hasBegun.withLock { hasBegun in
            if !hasBegun { body() }
            hasBegun = true
        }
    }
}
