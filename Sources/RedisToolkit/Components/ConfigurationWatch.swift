internal import Logging
internal import RedisReactor

/// Keeps the values of keys that somebody has asked for, and tells who wants to know when they change. Any thread may
/// call.
package final class ConfigurationWatch: Sendable {
    private struct State: Sendable {
        var entries = ConfigurationEntries()
        var reads: [RedisBytes: Task<Result<RedisBytes?, RedisError>, Never>] = [:]
        var handlers: [RedisBytes: [Int: @Sendable (RedisBytes?) -> Void]] = [:]
        var lastHandler = 0
        /// The keys whose handlers are called just now, and whether they have to be called once more.
        var toTell: [RedisBytes: Bool] = [:]
        var listening: Task<Void, Never>?
        var notice: RedisConfigurationStore.Notice?
        /// The keys that are read again until that succeeds.
        var retried: Set<RedisBytes> = []
        var isClosed = false
        /// Since when values are served that could not be read again.
        var staleSince: ContinuousClock.Instant?

        /// How old a value may be; `nil` where every change is reported.
        func freshness(_ staleness: Duration) -> Duration? {
            switch notice {
            case .invalidations, .keyspaceEvents: nil
            case .messages, .polling, nil: staleness
            }
        }
    }

    let client: RedisClient
    private let prefix: RedisBytes
    private let staleness: Duration
    private let notices: [RedisConfigurationStore.Notice]
    private let state = Locked(State())

    init(
        _ client: RedisClient,
        _ prefix: RedisBytes,
        staleness: Duration,
        notices: [RedisConfigurationStore.Notice]
    ) {
        self.client = client
        self.prefix = prefix
        self.staleness = staleness
        self.notices = notices
    }

    deinit { state.withLock { $0.listening.take() }?.cancel() }

    var notice: RedisConfigurationStore.Notice? { state.withLock { $0.notice } }

    var staleSince: ContinuousClock.Instant? { state.withLock { $0.staleSince } }

    func close() {
        let (listening, handlers) = state.withLock { state in
            state.isClosed = true
            return (state.listening.take(), exchange(&state.handlers, with: [:]))
        }
        listening?.cancel()
        // They are released outside the lock.
        _ = consume handlers
    }

    // MARK: Values

    /// The value of a key, as far as it is known not to have changed; otherwise it is read.
    func value(of key: RedisBytes) async throws(RedisError) -> RedisBytes? {
        beginToListen()
        // Where a value was known, nobody waits longer for a server that is away than values may be old.
        let knowledge = state.withLock { state in
            state.entries.knowledge(of: key, at: .now, staleness: state.freshness(staleness), pause: staleness)
        }
        switch knowledge {
        case .fresh(let value): return value
        case .old(let value, mayWait: false): return value
        case .old(let value, mayWait: true):
            do throws(RedisError) { return try await read(key, timeout: staleness) } catch {
                guard error.isOutage else { throw error }
                noteStale(key, error)
                return value
            }
        case .unknown: return try await read(key, timeout: client.commandTimeout)
        }
    }

    /// The value of a key that was read last; `nil` if it has none, or was never read.
    func lastValue(of key: RedisBytes) -> RedisBytes? { state.withLock { $0.entries.lastValue(of: key) } }

    /// Reads a key, together with all that want it just now.
    private func read(_ key: RedisBytes, timeout: Duration?) async throws(RedisError) -> RedisBytes? {
        let task = state.withLock { state in
            if let task = state.reads[key] { return task }
            let task = Task { [weak self, client] () async -> Result<RedisBytes?, RedisError> in
                do throws(RedisError) {
                    while true {
                        let ticket = self?.state.withLock { $0.entries.begin(key) }
                        let value = try await client.send(.get(key), timeout: timeout)
                        guard let self, let ticket, finished(key, ticket, value) else { return .success(value) }
                    }
                } catch {
                    self?.failed(key)
                    return .failure(error)
                }
            }
            state.reads[key] = task
            return task
        }
        return try await task.value.get()
    }

    /// Notes what a read has brought, and tells who wants to know. Returns whether it has to be read again.
    private func finished(_ key: RedisBytes, _ ticket: Int, _ value: RedisBytes?) -> Bool {
        let (isOvertaken, isMineToTell) = state.withLock { state in
            let outcome = state.entries.finished(key, ticket, value, at: .now)
            if outcome == .overtaken { return (true, false) }
            state.reads[key] = nil
            state.staleSince = nil
            guard outcome == .changed else { return (false, false) }
            // The next read may end while handlers are called: they get its value behind this one, not beside it.
            return (false, state.toTell.updateValue(true, forKey: key) == nil)
        }
        if isMineToTell { tellHandlers(of: key) }
        return isOvertaken
    }

    private func tellHandlers(of key: RedisBytes) {
        while let (value, handlers) = nextToTell(of: key) {
            for handler in handlers { handler(value) }
        }
    }

    private func nextToTell(of key: RedisBytes) -> (value: RedisBytes?, handlers: [@Sendable (RedisBytes?) -> Void])? {
        state.withLock { state in
            guard state.toTell[key] == true else {
                state.toTell[key] = nil
                return nil
            }
            state.toTell[key] = false
            return (state.entries.lastValue(of: key), Array((state.handlers[key] ?? [:]).values))
        }
    }

    private func failed(_ key: RedisBytes) {
        state.withLock { state in
            state.reads[key] = nil
            state.entries.failed(key, at: .now)
        }
    }

    private func noteStale(_ key: RedisBytes, _ error: RedisError) {
        let isFirst = state.withLock { state in
            defer { state.staleSince = state.staleSince ?? .now }
            return state.staleSince == nil
        }
        guard isFirst else { return }
        let metadata: Logger.Metadata = ["key": "\(key.shown())", "error": "\(error)"]
        client.configuration.logger.warning(
            "the configuration cannot be read; what was read last counts",
            metadata: metadata
        )
    }

    // MARK: Changes

    /// Calls `body` with the new value of a key when it has changed, and with the first one if it was not read before;
    /// with the last one alone of those that were read during the call before. Returns a number for `removeHandler`.
    package func addHandler(_ key: RedisBytes, _ body: @escaping @Sendable (RedisBytes?) -> Void) -> Int {
        let number = state.withLock { state in
            state.lastHandler += 1
            state.handlers[key, default: [:]][state.lastHandler] = body
            return state.lastHandler
        }
        beginToListen()
        return number
    }

    package func removeHandler(_ key: RedisBytes, _ number: Int) {
        let handler = state.withLock { state in
            defer { if state.handlers[key]?.isEmpty == true { state.handlers[key] = nil } }
            return state.handlers[key]?.removeValue(forKey: number)
        }
        // It is released outside the lock.
        _ = consume handler
    }

    /// Begins to listen, unless it does so already.
    private func beginToListen() {
        state.withLock { state in
            guard state.listening == nil, !state.isClosed else { return }
            var configuration = client.configuration
            configuration.isAuxiliary = true
            // A replica may be cut off from its primary, whose changes it would not report then.
            configuration.cluster?.nodes = .primary
            configuration.sentinel?.server = .primary
            let listener = ConfigurationListener(
                configuration: configuration,
                loop: client.loop,
                prefix: prefix,
                notices: notices,
                staleness: staleness
            ) { [weak self] report in self?.heard(report) }
            state.listening = Task { await listener.run() }
        }
    }

    private func heard(_ report: ConfigurationListener.Report) {
        // The next time to read is the next attempt.
        let isRepeated = if case .timeToRead = report { true } else { false }
        let keys = state.withLock { state -> [RedisBytes] in
            switch report {
            case .listening(let notice):
                state.notice = notice
                return []
            case .changed(let keys): return keys.filter { state.entries.noticed($0) }
            case .anythingMayHaveChanged:
                state.entries.noticedAll()
                return state.entries.keys
            case .timeToRead: return state.entries.keys
            }
        }
        for key in keys {
            Task { [weak self, staleness] in
                // Whoever wants to know of changes gets to know of this one, also if the server is away now.
                guard await self?.readAgain(key) == false, !isRepeated else { return }
                // Another change is reported while this one is: whoever reads next reads both.
                guard self?.state.withLock({ $0.retried.insert(key).inserted }) == true else { return }
                repeat { try? await Task.sleep(for: staleness) } while await self?.readAgain(key) == false
                self?.state.withLock { _ = $0.retried.remove(key) }
            }
        }
    }

    /// Reads a key of which a change was reported. Returns whether it need not be tried again.
    private func readAgain(_ key: RedisBytes) async -> Bool {
        do throws(RedisError) {
            // Whoever has a value waits for this read, and not for long.
            _ = try await read(key, timeout: staleness)
            return true
        } catch {
            return !error.isOutage || state.withLock { $0.isClosed }
        }
    }
}
