/// A lock that many readers have at once, or one writer alone, over all processes that use the same server.
///
/// ```swift
/// let prices = try RedisReadWriteLock("prices", on: client)
/// let price = try await prices.reading.withLock { _ in try await read(item) }
/// try await prices.writing.withLock { lease in try await write(item, fence: lease.fence) }
/// ```
///
/// A writer that waits keeps new readers out, so that it gets its turn: until it gives up, or for its time to live if
/// its process dies. A task that has one side must not wait for either of them.
///
/// **The keys**: the name itself for the writer, as a `RedisLock` has it, so that such a lock of the same name is a
/// writer as well; `{name}:readers`, `{name}:writer` and `{name}:fence`.
public struct RedisReadWriteLock: Sendable {
    /// The side of the readers.
    public let reading: RedisLock
    /// The side of the writer.
    public let writing: RedisLock

    /// A lock of that name. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - name: The key at the server.
    ///   - client: Reaches the server.
    ///   - options: How leases are taken and kept. The order is always that writers come before new readers.
    /// - Throws: `.invalidConfiguration` for options that cannot work, and for the order `.fair`.
    public init(
        _ name: some RedisBytesConvertible,
        on client: RedisClient,
        _ options: RedisLeaseOptions = RedisLeaseOptions()
    ) throws(RedisError) {
        let name = name.redisBytes
        guard options.order == .unordered else {
            let words = "the read/write lock \(name.debugDescription)"
            let text = "\(words): its order is its own, so order has to be .unordered"
            throw RedisError(.invalidConfiguration, text)
        }
        let readers = name.helper("readers")
        let wish = name.helper("writer")
        let fence = name.helper("fence")
        reading = RedisLock(
            terms: try LeaseTerms(
                "read lock",
                name,
                of: client,
                options,
                isExclusive: false,
                nesting: "read/write lock",
                queuesAtServer: false,
                take: .init(.acquireRead, [readers, name, wish, fence]),
                renew: .init(.renewPermit, [readers]),
                release: .init(.releaseRead, [readers])
            )
        )
        writing = RedisLock(
            terms: try LeaseTerms(
                "write lock",
                name,
                of: client,
                options,
                isExclusive: true,
                nesting: "read/write lock",
                queuesAtServer: true,
                take: .init(.acquireWrite, [name, readers, wish, fence]),
                renew: .init(.renewLock, [name]),
                release: .init(.releaseWrite, [name, wish])
            )
        )
    }
}
