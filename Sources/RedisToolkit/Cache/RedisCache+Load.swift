internal import RedisCommands
internal import RedisCore
internal import RedisReactor

// How a value comes that the process does not have, and how one is computed anew.
extension RedisCache.Region {
    /// What the server has under a key.
    enum Shared {
        /// A value. `isDue` says that somebody has to compute it anew.
        case value(Value, CacheFreshness, isDue: Bool)
        case missing
        /// Something that is not of this cache, or has another type. It will be replaced.
        case unreadable
    }

    /// Brings a value that the process does not have: joins whoever loads it already, or loads it.
    @usableFromInline
    func load(
        _ key: Key,
        _ storing: CacheStoring,
        _ compute: @escaping @Sendable (Key) async throws -> Value
    ) async throws -> Value {
        try storing.check()
        let place = try place(of: key)
        let (flight, isNew) = core.flights.join(place, as: Value.self)
        if isNew {
            flight.start { [self] in
                try await observed(place) {
                    try await CacheLoad(region: self, key: key, place: place, storing: storing, compute: compute)
                        .value()
                }
            } whenDone: { [core] in
                core.flights.remove(place, flight)
            }
        }
        return try await flight.value()
    }

    /// Runs a load, and tells the client's observer, if there is one.
    private func observed(_ place: RedisBytes, _ load: () async throws -> Value) async throws -> Value {
        guard let observation = ToolkitObservation("load", of: "cache", place, core.client.configuration) else {
            return try await load()
        }
        do {
            let value = try await load()
            observation.ended(nil)
            return value
        } catch {
            let text = "the function that computes the value has thrown"
            observation.ended(error as? RedisError ?? RedisError(.handlerFailed, text, phase: .command))
            throw error
        }
    }

    /// Has a value computed anew that the process keeps.
    @usableFromInline
    func refresh(
        _ found: NearValue<Key, Value>,
        _ storing: CacheStoring,
        _ compute: @escaping @Sendable (Key) async throws -> Value
    ) {
        guard let place = try? place(of: found.key) else { return }
        // The server and this process have measured the time that is left, and do not agree to the millisecond.
        let left = (found.keptUntil - SteadyClock.now) / 1_000_000 + 1000
        CacheLoad(region: self, key: found.key, place: place, storing: storing, compute: compute)
            .refresh(left: Int(max(left, 0)))
    }

    /// Reads a value from the server, and keeps it in the process if it may be kept.
    func readShared(_ key: Key, _ place: RedisBytes) async throws(RedisError) -> Shared {
        let ticket = near?.begin(place)
        defer { near?.end(place, ticket) }
        let asked = SteadyClock.now
        // The time to live is asked first: a value that is set in between looks older than it is, and never younger.
        var batch = RedisBatch()
        let left = batch.append(.ttl(place))
        let bytes = batch.append(.get(place))
        let results = try await core.client.send(batch)
        guard let bytes = try results[bytes].get() else {
            core.count(\.sharedMisses)
            return .missing
        }
        guard let (value, freshness) = read(bytes, left: try results[left].get(), place) else {
            core.count(\.unreadable)
            return .unreadable
        }
        core.count(\.sharedHits)
        keep(value, of: key, size: bytes.count + place.count, freshness, asked: asked, place, ticket)
        let isDue = freshness.verdict(eagerness: policy.eagerness, random: .random(in: 0...1)) == .due
        if isDue { core.count(\.dueHits) }
        return .value(value, freshness, isDue: isDue && format == .enveloped)
    }

    /// The value of what the server has; `nil` for what is not of this cache, or has another type.
    private func read(_ bytes: RedisBytes, left: RedisTimeToLive, _ place: RedisBytes) -> (Value, CacheFreshness)? {
        let milliseconds =
            switch left {
            case .missing: 0
            case .never: -1
            case .after(let duration): Milliseconds(duration).count
            }
        switch format {
        case .raw:
            guard let value = try? core.coder.decode(Value.self, from: bytes) else { return nil }
            return (value, CacheFreshness(timeToLive: milliseconds))
        case .enveloped:
            guard let envelope = CacheEnvelope(bytes),
                let value = try? core.coder.decode(Value.self, from: envelope.payload)
            else { return nil }
            return (value, CacheFreshness(envelope, timeToLive: milliseconds))
        }
    }

    private func keep(
        _ value: Value,
        of key: Key,
        size: Int,
        _ freshness: CacheFreshness,
        asked: Int64,
        _ place: RedisBytes,
        _ ticket: ReadTickets.Stub?
    ) {
        guard let near else { return }
        /// So many milliseconds after the server was asked.
        func after(_ milliseconds: Int) -> Int64 { asked + Int64(min(max(milliseconds, 0), 1 << 40)) * 1_000_000 }
        let nearEnd = asked.addingReportingOverflow(policy.nearTimeToLive.nanoseconds)
        let freshEnd = freshness.freshLeft.map { after($0) } ?? .max
        let lead = freshness.lead(eagerness: policy.eagerness, random: .random(in: 0...1))
        let refreshAt = format == .raw ? nil : freshness.freshLeft.map { after($0 - lead) }
        let keptUntil = freshness.keptLeft.map { after($0) } ?? .max
        near.keep(ticket, for: nearNumber(of: key)) { epoch in
            NearTable.Entry(
                key: place,
                object: NearValue(key, value, keptUntil: keptUntil),
                cost: size + 160,
                epoch: epoch,
                usableUntil: min(nearEnd.overflow ? .max : nearEnd.partialValue, freshEnd),
                refreshAt: refreshAt ?? .max
            )
        }
    }

    /// The bytes of a value at the server, and for how many milliseconds they are kept.
    func encode(
        _ value: Value,
        _ place: RedisBytes,
        _ storing: CacheStoring,
        computedIn: Duration
    ) throws(RedisError) -> (bytes: RedisBytes, keptFor: Int) {
        let payload = try core.coder.encode(value, for: place)
        let isNil = (value as? any OptionalValue)?.isNil == true
        let timeToLive = isNil ? policy.timeToLiveOfNil : storing.timeToLive ?? policy.timeToLive
        let exact = min(Milliseconds(timeToLive).count, Self.longestTime)
        let jitter = Double.random(in: -policy.jitter...policy.jitter)
        let freshFor = max(Int(Double(exact) * (1 + jitter)), 1)
        guard format == .enveloped else { return (payload, freshFor) }
        let envelope = CacheEnvelope(
            freshFor: freshFor,
            keptFor: freshFor + min(Milliseconds(policy.staleFor).count, Self.longestTime),
            computedIn: min(Milliseconds(computedIn).count, Self.longestTime),
            payload: payload
        )
        return (envelope.bytes, envelope.keptFor)
    }

    /// A thousand years, which the sum of two times cannot make too large for an envelope.
    private static var longestTime: Int { 1000 * 366 * 86_400_000 }
}

/// An optional whose type is not known.
private protocol OptionalValue {
    var isNil: Bool { get }
}

extension Optional: OptionalValue {
    fileprivate var isNil: Bool { self == nil }
}
