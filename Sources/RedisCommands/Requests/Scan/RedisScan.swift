/// The keys of a server or a cluster, or the elements of one key, read page by page.
///
/// ```swift
/// for try await key in client.scan(match: "user:*") { … }
/// ```
///
/// Whatever exists from the beginning to the end of the reading is returned at least once. An element may come twice,
/// and one that is added or removed meanwhile may come or not. A page is asked for when the one before it has been
/// read, so that at most one is on its way. Reading begins again with each loop.
public struct RedisScan<Element: Sendable>: AsyncSequence, Sendable {
    typealias Page = RedisScanPage<Element>

    let senders: @Sendable () async throws(RedisError) -> [any RedisCommandSender]
    let request: @Sendable (UInt64) -> RedisRequest<Page>

    /// Begins at the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(scan: self) }

    /// Reads the elements.
    public struct Iterator: AsyncIteratorProtocol {
        private let scan: RedisScan
        /// Those that have pages yet, the next one last; `nil` before the first page.
        private var senders: [any RedisCommandSender]?
        private var cursor: UInt64 = 0
        private var page: ArraySlice<Element> = []

        fileprivate init(scan: RedisScan) { self.scan = scan }

        /// The next element; `nil` at the end.
        ///
        /// - Throws: What `send` throws, for example `.cancelled`. The next call asks for the same page again.
        public mutating func next() async throws(RedisError) -> Element? {
            while true {
                if let element = page.popFirst() { return element }
                guard try await readPage() else { return nil }
            }
        }

        /// The next element; `nil` at the end.
        ///
        /// - Throws: What `send` throws, for example `.cancelled`. The next call asks for the same page again.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(RedisError) -> Element? {
            try await next()
        }

        /// Reads a page; returns `false` when there is none.
        private mutating func readPage() async throws(RedisError) -> Bool {
            if senders == nil { senders = try await scan.senders().reversed() }
            guard let sender = senders?.last else { return false }
            let read = try await sender.send(scan.request(cursor))
            cursor = read.next
            page = read.elements[...]
            if cursor == 0 { senders?.removeLast() }
            return true
        }
    }
}

extension RedisCommandSender {
    /// All keys, of all primaries in a cluster. `RedisScan` says what may come twice.
    ///
    /// - Parameters:
    ///   - pattern: A glob that the keys match; `nil` means all.
    ///   - count: About how many keys the server looks at for a page; `nil` means 10.
    ///   - type: The type of the keys (Redis 6.0); `nil` means any.
    /// - Returns: The keys; nothing is sent before the first is asked for.
    public func scan(
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil,
        type: RedisKeyType? = nil
    ) -> RedisScan<RedisBytes> {
        let pattern = pattern?.redisBytes
        return RedisScan { () async throws(RedisError) in
            try await keyHolders()
        } request: {
            .scan(from: $0, match: pattern, count: count, type: type)
        }
    }

    /// All fields of a hash with their values. `RedisScan` says what may come twice.
    ///
    /// - Parameters:
    ///   - key: The key of the hash; a missing one has no fields.
    ///   - pattern: A glob that the names match; `nil` means all.
    ///   - count: About how many fields the server looks at for a page; `nil` means 10.
    /// - Returns: The fields; nothing is sent before the first is asked for.
    public func hscan(
        _ key: some RedisBytesConvertible,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) -> RedisScan<RedisField> {
        let (key, pattern) = (key.redisBytes, pattern?.redisBytes)
        return RedisScan {
            [self]
        } request: {
            .hscan(key, from: $0, match: pattern, count: count)
        }
    }

    /// All members of a set. `RedisScan` says what may come twice.
    ///
    /// - Parameters:
    ///   - key: The key of the set; a missing one has no members.
    ///   - pattern: A glob that the members match; `nil` means all.
    ///   - count: About how many members the server looks at for a page; `nil` means 10.
    /// - Returns: The members; nothing is sent before the first is asked for.
    public func sscan(
        _ key: some RedisBytesConvertible,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) -> RedisScan<RedisBytes> {
        let (key, pattern) = (key.redisBytes, pattern?.redisBytes)
        return RedisScan {
            [self]
        } request: {
            .sscan(key, from: $0, match: pattern, count: count)
        }
    }

    /// All members of a sorted set with their scores. `RedisScan` says what may come twice.
    ///
    /// - Parameters:
    ///   - key: The key of the sorted set; a missing one has no members.
    ///   - pattern: A glob that the members match; `nil` means all.
    ///   - count: About how many members the server looks at for a page; `nil` means 10.
    /// - Returns: The members; nothing is sent before the first is asked for.
    public func zscan(
        _ key: some RedisBytesConvertible,
        match pattern: (any RedisBytesConvertible)? = nil,
        count: Int? = nil
    ) -> RedisScan<RedisScoredMember> {
        let (key, pattern) = (key.redisBytes, pattern?.redisBytes)
        return RedisScan {
            [self]
        } request: {
            .zscan(key, from: $0, match: pattern, count: count)
        }
    }
}
