internal import RedisCommands
public import RedisCore

extension RedisCache {
    /// Makes a function that returns what `body` returns, from the cache where it is there.
    ///
    /// ```swift
    /// let privileges = try cache.cached("privileges") { (user: Int, scope: String) in
    ///     try await database.privileges(of: user, in: scope)
    /// }
    /// let granted = try await privileges(7, "admin")
    /// ```
    ///
    /// Each list of arguments has a value of its own. What `body` throws is not kept.
    ///
    /// - Parameters:
    ///   - name: The name of the region in which the values are. Functions with different names never meet.
    ///   - policy: How long values are kept; by default as the cache's policy says.
    ///   - format: How the server keeps them.
    ///   - tags: The names by which the value of a call can be removed together with others; `nil` for none.
    ///   - body: Makes the value of a call. Another caller's may be called instead.
    /// - Returns: The function.
    /// - Throws: What `region` throws.
    public func cached<each Argument: Hashable & Encodable & Sendable, Value: Codable & Sendable>(
        _ name: String,
        policy: RedisCachePolicy? = nil,
        format: Format = .enveloped,
        tags: (@Sendable (repeat each Argument) -> [String])? = nil,
        _ body: @escaping @concurrent @Sendable (repeat each Argument) async throws -> Value
    ) throws(RedisError) -> RedisCachedFunction<Value, repeat each Argument> {
        let region = try region(
            name,
            key: RedisCacheCall<repeat each Argument>.self,
            value: Value.self,
            policy: policy,
            format: format
        )
        return RedisCachedFunction(region: region, tags: tags) { call in
            try await body(repeat each call.arguments)
        }
    }
}

/// A function whose values a cache keeps. `RedisCache.cached(_:)` makes it; it is called like any other.
public struct RedisCachedFunction<Value: Codable & Sendable, each Argument: Hashable & Encodable & Sendable>: Sendable {
    /// The arguments of a call.
    public typealias Call = RedisCacheCall<repeat each Argument>

    @usableFromInline let region: RedisCache.Region<Call, Value>
    @usableFromInline let tags: (@Sendable (repeat each Argument) -> [String])?
    @usableFromInline let compute: @Sendable (Call) async throws -> Value

    init(
        region: RedisCache.Region<Call, Value>,
        tags: (@Sendable (repeat each Argument) -> [String])?,
        _ compute: @escaping @Sendable (Call) async throws -> Value
    ) {
        self.region = region
        self.tags = tags
        self.compute = compute
    }

    /// The value of a call, from the cache or from the function.
    ///
    /// - Throws: What `RedisCache.Region.value(for:)` throws.
    @inlinable
    public func callAsFunction(_ arguments: repeat each Argument) async throws -> Value {
        let call = Call(repeat each arguments)
        guard let (found, isDue) = region.kept(call) else {
            return try await region.load(call, storing(call), compute)
        }
        if isDue { region.refresh(found, storing(call), compute) }
        return found.value
    }

    @usableFromInline
    func storing(_ call: Call) -> CacheStoring { CacheStoring(nil, tags?(repeat each call.arguments) ?? []) }

    /// Removes the value of a call, as `RedisCache.Region.remove` does.
    ///
    /// - Throws: What `RedisCache.Region.remove` throws.
    public func remove(_ arguments: repeat each Argument) async throws(RedisError) {
        try await region.remove([Call(repeat each arguments)])
    }

    /// Names the value of a call, for `RedisCache.remove`.
    public func cacheKey(of arguments: repeat each Argument) -> RedisCacheKey {
        region.cacheKey(of: Call(repeat each arguments))
    }
}
