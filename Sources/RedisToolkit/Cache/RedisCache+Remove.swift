internal import RedisCommands
public import RedisCore

extension RedisCache {
    /// Removes values. When it returns, this process finds none of them; computations of these keys that are under way,
    /// here or elsewhere, are not stored any more. Other processes forget them as soon as the server tells them.
    ///
    /// - Parameter keys: Values of any region, and tags.
    /// - Throws: `.codingFailed` for a key that has no form as text; what `RedisClient.send` throws: the server may
    ///   have some of them then.
    public func remove(_ keys: [RedisCacheKey]) async throws(RedisError) {
        try await core.remove(try core.places(of: keys))
        for key in keys { if case .tag(let name) = key.target { try await core.removeAll(tagged: name) } }
    }

    /// Removes values, as `remove(_: [RedisCacheKey])` does.
    ///
    /// - Throws: What `remove(_: [RedisCacheKey])` throws.
    public func remove(_ keys: RedisCacheKey...) async throws(RedisError) { try await remove(keys) }

    /// Runs `body`, which changes what values are computed from, and removes these values.
    ///
    /// They are removed after the change, so that nobody computes them from what was before it and stores that. They
    /// are removed as well if `body` throws, because it may have changed something. From its beginning on, this process
    /// keeps none of them.
    ///
    /// - Parameters:
    ///   - models: What is changed. If its `cacheKeys` change with it, pass it as it was and as it will be.
    ///   - removesBefore: Whether the values are removed before `body` as well. A process that dies in between then
    ///     leaves none, unless another one has computed it meanwhile.
    ///   - body: Makes the change.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws. If the change was made and the removal fails, what `remove` throws: values from
    ///   before the change may be found then until their time to live is over, so it should be tried again.
    @discardableResult
    public func invalidating<Value>(
        _ models: any CacheInvalidating...,
        removesBefore: Bool = false,
        _ body: () async throws -> Value
    ) async throws -> Value {
        let keys = models.flatMap(\.cacheKeys)
        let places = try core.places(of: keys)
        if removesBefore { try await remove(keys) }
        core.beginWrites(places)
        defer { core.endWrites(places) }
        let value: Value
        do { value = try await body() } catch {
            try? await remove(keys)
            throw error
        }
        try await remove(keys)
        return value
    }
}

extension CacheCore {
    /// How many keys one batch removes.
    private static var batchSize: Int { 500 }

    /// The keys of values at the server.
    func places(of keys: [RedisCacheKey]) throws(RedisError) -> [RedisBytes] {
        var places: [RedisBytes] = []
        for key in keys {
            switch key.target {
            case .key(let region, let text): places.append(place(region, text))
            case .unusable(let region): throw .unusableCacheKey(region: region, nil)
            case .tag: break
            }
        }
        return places
    }

    /// From now until `endWrites`, the process keeps none of these keys.
    func beginWrites(_ places: [RedisBytes]) {
        for place in places {
            near?.beginWrite(place)
            flights.detach(place)
        }
    }

    /// Loads that have begun since `beginWrites` may bring what was before the write, so that nobody joins them any
    /// more.
    func endWrites(_ places: [RedisBytes]) {
        for place in places {
            near?.endWrite(place)
            flights.detach(place)
        }
    }

    /// Runs `body`, which writes these keys.
    func writing<Result>(
        _ places: [RedisBytes],
        _ body: () async throws(RedisError) -> Result
    ) async throws(RedisError) -> Result {
        beginWrites(places)
        defer { endWrites(places) }
        return try await body()
    }

    /// Removes values, and the right of whoever computes one of them to store it.
    func remove(_ places: [RedisBytes]) async throws(RedisError) {
        try await writing(places) { () async throws(RedisError) in
            for start in stride(from: 0, to: places.count, by: Self.batchSize) {
                var batch = RedisBatch()
                for place in places[start..<min(start + Self.batchSize, places.count)] {
                    batch.append(.unlink([place, Self.lease(of: place)]))
                }
                if let failure = try await client.send(batch).firstError { throw failure.error }
            }
        }
    }

    /// Removes the values that have a tag.
    func removeAll(tagged name: String) async throws(RedisError) {
        let tag = tagKey(name)
        var members: [RedisScoredMember] = []
        var pages = client.zscan(tag, count: Self.batchSize).makeAsyncIterator()
        while let member = try await pages.next() {
            members.append(member)
            if members.count == Self.batchSize { try await remove(exchange(&members, with: []), of: tag) }
        }
        try await remove(members, of: tag)
    }

    private func remove(_ members: [RedisScoredMember], of tag: RedisBytes) async throws(RedisError) {
        guard !members.isEmpty else { return }
        try await remove(members.map(\.member))
        // Somebody may have stored a value and noted its tag since the values were removed.
        let seen = members.flatMap { [$0.member, RedisBytes("\($0.score)")] }
        try await client.run(.forgetTagged, keys: [tag], arguments: seen)
    }

    /// Notes the tags of a value that is kept for that many milliseconds.
    func tag(_ place: RedisBytes, _ tags: [String], keptFor: Int) async throws(RedisError) {
        guard !tags.isEmpty else { return }
        var batch = RedisBatch()
        for name in tags { batch.append(.tagCache, keys: [tagKey(name)], arguments: [place, keptFor]) }
        if let failure = try await client.send(batch).firstError { throw failure.error }
    }
}
