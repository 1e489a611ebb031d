extension RedisClient {
    /// One field of all hashes whose keys match a pattern, on a cluster those of all primaries.
    ///
    /// ```swift
    /// for try await (key, owner) in client.hashField("owner", matching: "room:*") { … }
    /// let owners = try await client.hashField("owner", matching: "room:*").dictionary()
    /// ```
    ///
    /// The keys are read page by page (SCAN), and the fields of a page together, so that two round trips bring about
    /// `pageSize` keys and no call holds up the server. Hashes without the field, and keys of other types, are passed
    /// over. A key may come twice, and one that is added or removed meanwhile may come or not, as `RedisScan` says.
    ///
    /// - Parameters:
    ///   - field: The name of the field.
    ///   - pattern: A glob that the keys match.
    ///   - pageSize: About how many keys the server looks at for a page, at least 1.
    /// - Returns: The keys with the values; nothing is sent before the first is asked for.
    public func hashField(
        _ field: some RedisBytesConvertible,
        matching pattern: some RedisBytesConvertible,
        pageSize: Int = 1000
    ) -> RedisHashFields {
        RedisHashFields(client: self, field: field.redisBytes, pattern: pattern.redisBytes, pageSize: max(pageSize, 1))
    }
}

/// The values of one field in many hashes, with their keys. `RedisClient.hashField(_:matching:)` says more.
public struct RedisHashFields: AsyncSequence, Sendable {
    /// A key and the value of the field.
    public typealias Element = (key: RedisBytes, value: RedisBytes)

    fileprivate let client: RedisClient
    fileprivate let field: RedisBytes
    fileprivate let pattern: RedisBytes
    fileprivate let pageSize: Int

    /// Begins at the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(fields: self) }

    /// All of them by their keys.
    ///
    /// - Throws: What `Iterator.next` throws.
    public func dictionary() async throws(RedisError) -> [RedisBytes: RedisBytes] {
        var all: [RedisBytes: RedisBytes] = [:]
        var iterator = makeAsyncIterator()
        while let (key, value) = try await iterator.next() { all[key] = value }
        return all
    }

    /// Reads the values.
    public struct Iterator: AsyncIteratorProtocol {
        private let fields: RedisHashFields
        /// Who has pages yet, the next one last; `nil` before the first page.
        private var senders: [any RedisCommandSender]?
        private var cursor: UInt64 = 0
        /// Whether the server may be asked for hashes alone (Redis 6.0).
        private var asksForType = true
        private var page: ArraySlice<Element> = []

        fileprivate init(fields: RedisHashFields) { self.fields = fields }

        /// The next value; `nil` at the end.
        ///
        /// - Throws: What `RedisClient.send` throws, for example `.cancelled`. The next call asks for the same page
        ///   again.
        public mutating func next() async throws(RedisError) -> Element? {
            while true {
                if let element = page.popFirst() { return element }
                guard try await readPage() else { return nil }
            }
        }

        /// The next value; `nil` at the end.
        ///
        /// - Throws: What `RedisClient.send` throws, for example `.cancelled`. The next call asks for the same page
        ///   again.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(RedisError) -> Element? {
            try await next()
        }

        /// Reads a page; returns `false` when there is none.
        private mutating func readPage() async throws(RedisError) -> Bool {
            if senders == nil { senders = try await fields.client.keyHolders().reversed() }
            guard let sender = senders?.last else { return false }
            let keys = try await readKeys(sender)
            page = try await fields.values(of: keys.elements)[...]
            cursor = keys.next
            if cursor == 0 { senders?.removeLast() }
            return true
        }

        private mutating func readKeys(_ sender: any RedisCommandSender) async throws(RedisError) -> RedisScanPage<
            RedisBytes
        > {
            let type: RedisKeyType? = asksForType ? .hash : nil
            do throws(RedisError) {
                return try await sender.scan(from: cursor, match: fields.pattern, count: fields.pageSize, type: type)
            } catch {
                guard asksForType, error.serverMessage?.hasPrefix("ERR syntax error") == true else { throw error }
                asksForType = false
                return try await readKeys(sender)
            }
        }
    }

    /// The values of the field in these keys, without those that have none.
    private func values(of keys: [RedisBytes]) async throws(RedisError) -> [Element] {
        var batch = RedisBatch()
        for key in keys { batch.append(.hget(key, field)) }
        var values: [Element] = []
        for (key, result) in zip(keys, try await client.send(batch)) {
            do throws(RedisError) {
                if let value = try result.get().bytes { values.append((key, value)) }
            } catch {
                // The key has become something else, or the server cannot be asked for hashes alone.
                guard error.serverPrefix == "WRONGTYPE" else { throw error }
            }
        }
        return values
    }
}
