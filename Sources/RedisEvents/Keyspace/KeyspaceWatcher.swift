/// Watches one server for a `KeyspaceEvents`: its subscriptions, and its setting, which is checked for each link.
final class KeyspaceWatcher: ShardWatcher {
    private enum StartState {
        case idle
        case starting([Promise<Void>])
        case started
    }

    private let plan: KeyspacePlan
    private let pubsub: PubSub
    private let session: Session<PubSubDriver>
    private let watch: NotificationWatch
    private let startState = Locked(StartState.idle)

    /// `discovery` finds the server; by default it is at the configuration's endpoint.
    init(
        _ configuration: RedisConfiguration,
        plan: KeyspacePlan,
        setting: NotificationSetting,
        discovery: (any ServerDiscovery)? = nil,
        loop: RedisEventLoop,
        sink: sending any KeyspaceSink
    ) throws(RedisError) {
        self.plan = plan
        let watch = NotificationWatch(setting)
        self.watch = watch
        let translator = KeyspaceTranslator(plan, sink, isFollowed: setting.interval != nil) { [watch] in
            watch.check(link: $0, at: $1)
        }
        // Keyspace events are not published by commands, so counting those says nothing here.
        var link = configuration
        link.lossBoundInterval = nil
        pubsub = try PubSub(link, discovery: discovery, loop: loop, sink: translator)
        session = pubsub.backend.channelLinks[0]
        watch.attach(session)
    }

    var loop: RedisEventLoop { session.loop }

    func start(_ promise: Promise<Void>) {
        enum Next { case begin, wait, done }
        let next: Next = startState.withLock { state in
            switch state {
            case .idle:
                state = .starting([promise])
                return .begin
            case .starting(let waiting):
                state = .starting(waiting + [promise])
                return .wait
            case .started: return .done
            }
        }
        switch next {
        case .begin: Task { await begin() }
        case .wait: break
        case .done: promise.complete(.success(()))
        }
    }

    private func begin() async {
        var result: Result<Void, RedisError> = .success(())
        do throws(RedisError) {
            try await subscribe()
            let (server, check) = try await firstCheck()
            if case .missing(let missing) = check.state { throw .notificationsOff(missing, at: server) }
            if let up = await session.tellNotifications(check) {
                if up.isChecked {
                    watch.follow(link: up.link, at: server, after: check)
                } else {
                    watch.check(link: up.link, at: up.server)
                }
            }
        } catch {
            result = .failure(error)
            await watch.forget()
            // No events come until the next start.
            for kind in RedisSubscriptionKind.allCases { _ = pubsub.startUnsubscribe(kind, []) }
        }
        let waiting = startState.withLock { state -> [Promise<Void>] in
            guard case .starting(let waiting) = state else { return [] }
            if case .success = result { state = .started } else { state = .idle }
            return waiting
        }
        for promise in waiting { promise.complete(result) }
    }

    /// Checks the setting for the first time. The link may be replaced before the check is over, for instance because
    /// the process was stopped meanwhile. Then this check is given up, and the next one is made on the new link.
    private func firstCheck() async throws(RedisError) -> (server: RedisEndpoint, check: NotificationCheck) {
        var checks = 0
        while true {
            let server = await session.endpoint
            do throws(RedisError) { return (server, try await watch.first(at: server)) } catch {
                checks += 1
                let isGivenUp = error.code == .closed || error.code == .cancelled
                guard isGivenUp, checks < Self.mostFirstChecks, await !session.isClosed else { throw error }
            }
        }
    }

    private static var mostFirstChecks: Int { 4 }

    /// Subscribes. A refused name does not fail the others: it is reported in the stream. Throws when all names are
    /// refused.
    private func subscribe() async throws(RedisError) {
        var refusal: RedisError?
        var isAnyTaken = false
        for (kind, names) in plan.names {
            do throws(RedisError) {
                for result in try await pubsub.subscribe(kind, names, timeout: .unlimited) {
                    if let error = result.error { refusal = refusal ?? error } else { isAnyTaken = true }
                }
            } catch {
                // All names of this family were refused; names of the other family may be accepted.
                guard error.isAnswer else { throw error }
                refusal = refusal ?? error
            }
        }
        if let refusal, !isAnyTaken { throw refusal }
    }

    func expect(_ cause: RedisDisconnect, since: Moment) {
        startState.withLock { $0 = .started }
        session.assumeIsolated { session in
            session.perform { driver, _ in driver.expect(cause, since: since) }
        }
        // Refusals are reported in the stream, and so are missing flags when the link is up.
        for (kind, names) in plan.names { _ = pubsub.startSubscribe(kind, names, nil) }
    }

    func verified(_ server: RedisEndpoint, at moment: Moment) {
        session.assumeIsolated { $0.perform { driver, _ in driver.verified(server, at: moment) } }
    }

    func retire(_ error: RedisError) {
        session.assumeIsolated { session in
            session.hold(.relocation, error)
            session.perform { driver, _ in driver.filters.gap.end(at: .now(), missed: nil) }
        }
    }

    func close() async {
        await watch.close()
        await pubsub.close()
    }

    func closeNow() {
        watch.closeNow()
        session.enqueue(.close(discarding: true))
    }

    func cut() async { await pubsub.cut() }

    func hold(_ error: RedisError) async { await session.hold(.suspension, error) }

    func holdNow(_ error: RedisError) { session.assumeIsolated { $0.hold(.suspension, error) } }

    func release() async { await session.release(.suspension) }
}

extension KeyspacePlan {
    /// The names to subscribe to, by family.
    fileprivate var names: [(RedisSubscriptionKind, [RedisBytes])] {
        [RedisSubscriptionKind.channel, .pattern].map { kind in
            (kind, subscriptions.filter { $0.kind == kind }.map(\.name))
        }
    }
}

extension RedisError {
    fileprivate static func notificationsOff(_ missing: KeyspaceEvents.MissingNotifications, at endpoint: RedisEndpoint)
        -> RedisError
    {
        RedisError(
            .notificationsOff,
            missing.description,
            endpoint: endpoint,
            phase: .subscribe,
            underlyingError: missing
        )
    }
}
