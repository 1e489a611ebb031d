internal import Logging
internal import RedisReactor

/// Hears of changes of keys with a prefix, in the first way that the server and the user allow.
struct ConfigurationListener: Sendable {
    /// What it reports.
    enum Report: Sendable {
        /// From now on it hears of changes in this way; `nil` for not at all.
        case listening(RedisConfigurationStore.Notice?)
        case changed([RedisBytes])
        case anythingMayHaveChanged
        /// It is time to read again, because not all changes are reported.
        case timeToRead
    }

    let configuration: RedisConfiguration
    let loop: RedisEventLoop
    let prefix: RedisBytes
    let notices: [RedisConfigurationStore.Notice]
    let staleness: Duration
    let report: @Sendable (Report) -> Void

    /// How long to wait before it begins anew when a server is away.
    private static var pause: Duration { .milliseconds(500) }
    /// For how long it makes do with polling before it tries the better ways again.
    private static var patience: Duration { .seconds(60) }

    /// The channel on which setters of this library tell the key that they have changed.
    static func channel(_ prefix: RedisBytes) -> RedisBytes { RedisBytes(prefix.bytes + Array("changed".utf8)) }

    /// Listens until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let isOutage = await listen()
            report(.listening(nil))
            report(.anythingMayHaveChanged)
            guard isOutage else { continue }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }

    /// Listens in the first way that works, until that ends. Returns whether a server was away.
    private func listen() async -> Bool {
        for notice in notices {
            do {
                switch notice {
                case .invalidations: try await followInvalidations()
                case .messages: try await followMessages()
                case .keyspaceEvents: try await followKeyspace()
                case .polling: await poll(for: Self.patience)
                }
                return true
            } catch {
                if Task.isCancelled { return false }
                guard let error = error as? RedisError, !error.isOutage else { return true }
                if error.code == .closed { return true }
                let metadata: Logger.Metadata = ["way": "\(notice.rawValue)", "reason": "\(error)"]
                configuration.logger.debug("changes of configuration are not heard in one way", metadata: metadata)
            }
        }
        // None of the ways that were asked for works.
        await poll(for: Self.patience)
        return true
    }

    private func followInvalidations() async throws {
        let invalidations = try Invalidations(configuration, prefixes: [prefix], loop: loop)
        try await invalidations.start()
        begin(.invalidations)
        for try await event in invalidations.events {
            switch event {
            case .invalidated(let keys): report(.changed(keys))
            // Until the server tracks again, nothing is heard.
            case .flushAll(.linkLost), .flushAll(.redirectBroken):
                report(.listening(nil))
                report(.anythingMayHaveChanged)
            case .flushAll(.trackingResumed): begin(.invalidations)
            case .flushAll: report(.anythingMayHaveChanged)
            case .link, .push, .failed: break
            }
        }
        await invalidations.close()
    }

    private func followMessages() async throws {
        let pubsub = try PubSub(configuration, loop: loop)
        for result in try await pubsub.subscribe(Self.channel(prefix)) { if let error = result.error { throw error } }
        begin(.messages)
        // Others may set values without a word.
        let polling = Task { await poll(for: nil) }
        defer { polling.cancel() }
        for try await event in pubsub.events {
            switch event {
            case .message(let message): report(.changed([message.payload]))
            case .gap: report(.anythingMayHaveChanged)
            case .refused(let refusal): throw refusal.error
            case .subscribed, .unsubscribed, .drop, .link, .handlerFailed, .failed, .push: break
            }
        }
        await pubsub.close()
    }

    private func followKeyspace() async throws {
        let pattern = RedisBytes(Glob.escaping(prefix).bytes + Array("*".utf8))
        let keys = try KeyspaceEvents(configuration, keys: [pattern], database: configuration.database, loop: loop)
        try await keys.start()
        begin(.keyspaceEvents)
        for try await event in keys.events {
            switch event {
            case .key(let event): report(.changed([event.key]))
            // Until the gap ends, nothing is heard.
            case .link(.lost):
                report(.listening(nil))
                report(.anythingMayHaveChanged)
            case .gap(let gap) where gap.isComplete: begin(.keyspaceEvents)
            default: report(.anythingMayHaveChanged)
            }
        }
        await keys.close()
    }

    /// Says again and again that it is time to read.
    private func poll(for limit: Duration?) async {
        if limit != nil { begin(.polling) }
        let end = limit.map { ContinuousClock.now.advanced(by: $0) }
        while !Task.isCancelled, end.map({ ContinuousClock.now < $0 }) ?? true {
            do { try await Task.sleep(for: staleness) } catch { return }
            report(.timeToRead)
        }
    }

    /// What changed before was not heard.
    private func begin(_ notice: RedisConfigurationStore.Notice) {
        report(.listening(notice))
        report(.anythingMayHaveChanged)
    }
}
