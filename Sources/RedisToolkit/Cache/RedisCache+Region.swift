internal import RedisCommands
public import RedisCore
internal import RedisReactor

extension RedisCache {
    /// The values of one name, by keys of one type. `RedisCache.region` makes it.
    ///
    /// A hit in the process costs a hash, a lock and a look at the clock; it allocates nothing and does not suspend.
    public final class Region<Key: Hashable & Encodable & Sendable, Value: Codable & Sendable>: Sendable {
        /// The name.
        public let name: String
        /// How long values are kept.
        public let policy: RedisCachePolicy
        let core: CacheCore
        let format: Format
        @usableFromInline let number: Int
        @usableFromInline let near: NearLevel?

        init(_ core: CacheCore, _ name: String, _ number: Int, _ policy: RedisCachePolicy, _ format: Format) {
            self.core = core
            self.name = name
            self.number = number
            self.policy = policy
            self.format = format
            near = core.near
        }

        /// What the process keeps under a key, and may use now; `nil` for nothing. It asks nobody, and does not
        /// suspend.
        @inlinable
        public subscript(key: Key) -> Value? { kept(key)?.value.value }

        /// The value of a key: from the process, from the server, or from `compute`.
        ///
        /// A value that is stale, or about to be, is returned at once, and one caller of all computes it anew in the
        /// background. If there is none, one caller computes it, in a task of its own, and all others that ask for it
        /// wait for that; the computation goes on as long as one of them waits.
        ///
        /// - Parameters:
        ///   - key: The key.
        ///   - timeToLive: For how long a value is fresh that is computed now; by default as the policy says.
        ///   - tags: The names by which the value can be removed together with others (`RedisCache.remove`).
        ///   - compute: Makes the value. Another caller's may be called instead. A closure that captures nothing, or
        ///     one object, costs no memory at a hit.
        /// - Returns: The value.
        /// - Throws: What `compute` throws, and nothing is stored then; `.cancelled` when the task is cancelled;
        ///   `.codingFailed` when the key has no form as text; with `.fail` as the policy's `onFailure` what
        ///   `RedisClient.send` throws.
        @inlinable
        public func value(
            for key: Key,
            timeToLive: Duration? = nil,
            tags: [String] = [],
            _ compute: @escaping @Sendable (Key) async throws -> Value
        ) async throws -> Value {
            guard let (found, isDue) = kept(key) else {
                return try await load(key, CacheStoring(timeToLive, tags), compute)
            }
            if isDue { refresh(found, CacheStoring(timeToLive, tags), compute) }
            return found.value
        }

        /// What the process keeps under a key, and whether the caller has to have it computed anew.
        @inlinable
        func kept(_ key: Key) -> (value: NearValue<Key, Value>, isDue: Bool)? {
            guard let hit = near?.find(nearNumber(of: key)), let value = hit.object as? NearValue<Key, Value>,
                value.isOf(key)
            else { return nil }
            return (value, hit.isDue)
        }

        /// The number by which the process finds a value.
        @inlinable
        func nearNumber(of key: Key) -> Int {
            var hasher = Hasher()
            hasher.combine(number)
            hasher.combine(key)
            return hasher.finalize()
        }

        /// The value of a key, from the process or from the server; `nil` for none. Where values are optional, a `nil`
        /// that is kept is `.some(nil)`.
        ///
        /// - Throws: `.codingFailed` when the key has no form as text; with `.fail` as the policy's `onFailure` what
        ///   `RedisClient.send` throws. Otherwise a server that is not reached has no value.
        public func value(for key: Key) async throws(RedisError) -> Value? {
            if let found = kept(key) { return .some(found.value.value) }
            do throws(RedisError) {
                guard case .value(let value, _, _) = try await readShared(key, try place(of: key)) else { return nil }
                return .some(value)
            } catch {
                if error.code == .codingFailed || error.code == .cancelled { throw error }
                core.count(\.failures)
                switch policy.onFailure {
                case .fail: throw error
                case .stale: return lastKnown(key)
                case .compute: return nil
                }
            }
        }

        /// Stores a value. When it returns, this process finds no older one; a computation of the key that is under
        /// way, here or elsewhere, is not stored any more.
        ///
        /// - Parameters:
        ///   - value: The value.
        ///   - key: The key.
        ///   - timeToLive: For how long it is fresh; by default as the policy says.
        ///   - tags: The names by which the value can be removed together with others.
        /// - Throws: `.codingFailed`; `.invalidCommand` for a time to live that is not positive; what
        ///   `RedisClient.atomically` throws: the server may have the old value then, or the new one.
        public func set(
            _ value: Value,
            for key: Key,
            timeToLive: Duration? = nil,
            tags: [String] = []
        ) async throws(RedisError) {
            let place = try place(of: key)
            let storing = CacheStoring(timeToLive, tags)
            try storing.check()
            let (bytes, keptFor) = try encode(value, place, storing, computedIn: .zero)
            try await core.writing([place]) { () async throws(RedisError) in
                try await core.tag(place, storing.tags, keptFor: keptFor)
                let expiry = RedisSetExpiry.after(.milliseconds(keptFor))
                let results = try await core.client.atomically(
                    .set(place, bytes, expiry: expiry),
                    .unlink(CacheCore.lease(of: place))
                )
                try results.0.get()
            }
        }

        /// Removes values. When it returns, this process finds none of them; computations of these keys that are under
        /// way, here or elsewhere, are not stored any more.
        ///
        /// - Throws: `.codingFailed`; what `RedisClient.send` throws: the server may have some of them then.
        public func remove(_ keys: Key...) async throws(RedisError) { try await remove(keys) }

        /// Removes values. When it returns, this process finds none of them; computations of these keys that are under
        /// way, here or elsewhere, are not stored any more.
        ///
        /// - Throws: `.codingFailed`; what `RedisClient.send` throws: the server may have some of them then.
        public func remove(_ keys: [Key]) async throws(RedisError) {
            var places: [RedisBytes] = []
            for key in keys { places.append(try place(of: key)) }
            try await core.remove(places)
        }

        /// Names a value of the region, for `RedisCache.remove`.
        public func cacheKey(of key: Key) -> RedisCacheKey { RedisCacheKey(name, key) }

        /// The key of a value at the server.
        func place(of key: Key) throws(RedisError) -> RedisBytes {
            do { return core.place(name, try RedisCacheKey.text(of: key)) } catch {
                throw .unusableCacheKey(region: name, error)
            }
        }

        /// The last value that the process has kept, whether or not it may be used.
        func lastKnown(_ key: Key) -> Value? {
            guard let value = near?.last(nearNumber(of: key)) as? NearValue<Key, Value>, value.isOf(key) else {
                return nil
            }
            return .some(value.value)
        }
    }
}

/// How a value is stored that a call brings.
@usableFromInline
struct CacheStoring: Sendable {
    /// For how long it is fresh; `nil` for as long as the policy says.
    let timeToLive: Duration?
    let tags: [String]

    @usableFromInline
    init(_ timeToLive: Duration?, _ tags: [String]) {
        self.timeToLive = timeToLive
        self.tags = tags
    }

    func check() throws(RedisError) { try timeToLive?.checkPositive("the time to live") }
}

extension RedisError {
    static func unusableCacheKey(region: String, _ cause: (any Error)?) -> RedisError {
        let shown = region.shown(upTo: ShownText.nameLimit)
        let text = "a key of the cache's region \"\(shown)\" has no form as JSON"
        return RedisError(.codingFailed, text, phase: .command, underlyingError: cause).with(.notExecuted)
    }
}
