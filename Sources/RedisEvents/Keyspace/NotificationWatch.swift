/// Checks the server's setting after each reconnect, because a restart or a failover may have lost it, and then every
/// few seconds while the link is up, because anybody may change it.
///
/// A check costs the server one CONFIG GET and one INFO commandstats, over one link that stays open. If these are
/// refused, they are sent once for each link: every further try would only be one more line in the server's ACL LOG.
final class NotificationWatch: Sendable {
    private struct State {
        weak var session: Session<PubSubDriver>?
        var task: Task<Void, Never>?
        var link: CommandLink?
        /// The number of the current task. A cancelled task may not have ended yet.
        var run = 0
        var isClosed = false
    }

    private let setting: NotificationSetting
    private let state = Locked(State())

    init(_ setting: NotificationSetting) { self.setting = setting }

    /// Sets the session to which the results are delivered.
    func attach(_ session: Session<PubSubDriver>) { state.withLock { $0.session = session } }

    /// Makes the first check, for whoever starts the watch. A check of a link that came up meanwhile is given up, so
    /// whoever starts has one made of it, if the link is a new one.
    func first(at server: RedisEndpoint) async throws(RedisError) -> NotificationCheck {
        let (run, task) = state.withLock { state in
            state.run += 1
            return (state.run, state.task.take())
        }
        task?.cancel()
        await forget()
        return try await check(at: server, run: run)
    }

    /// Goes on with the link of that number, which goes to that server and was just checked.
    func follow(link: Int, at server: RedisEndpoint, after check: NotificationCheck) {
        if !check.isLast { begin(keepsLink: true) { await $0.run(link, at: server, isDue: false, $1) } }
    }

    /// Handles a new link: checks its server until there is a result, and goes on from there.
    func check(link: Int, at server: RedisEndpoint) {
        // The old link for checks may lead to another server, or to none.
        begin(keepsLink: false) { await $0.run(link, at: server, isDue: true, $1) }
    }

    /// Stops, and returns when nothing is left at the server.
    func close() async {
        // The current check may be changing the setting.
        await end()?.value
        await forget()
    }

    /// Stops, as `close` does, without waiting.
    func closeNow() {
        end()
        takeLink()?.closeNow()
    }

    /// Forgets everything that was learned.
    func forget() async {
        if let link = takeLink() { await setting.leave(link) }
    }

    private func begin(keepsLink: Bool, _ body: @escaping @Sendable (NotificationWatch, Int) async -> Void) {
        let (oldTask, oldLink) = state.withLock { state -> (Task<Void, Never>?, CommandLink?) in
            guard !state.isClosed else { return (nil, nil) }
            state.run += 1
            let task = Task { [run = state.run] in await body(self, run) }
            return (exchange(&state.task, with: task), keepsLink ? nil : state.link.take())
        }
        oldTask?.cancel()
        oldLink?.closeNow()
    }

    @discardableResult
    private func end() -> Task<Void, Never>? {
        let task = state.withLock { state in
            state.isClosed = true
            return state.task.take()
        }
        task?.cancel()
        return task
    }

    private func takeLink() -> CommandLink? { state.withLock { $0.link.take() } }

    private func run(_ link: Int, at server: RedisEndpoint, isDue: Bool, _ run: Int) async {
        var isDue = isDue
        // A failed first check is reported at once, because something may wait for it.
        var failures = isDue ? 1 : 0
        var backoff = Backoff(RedisReconnectPolicy())
        while !Task.isCancelled {
            if !isDue {
                guard let interval = setting.interval else { return }
                try? await Task.sleep(for: interval)
                if Task.isCancelled { return }
            }
            do throws(RedisError) {
                let check = try await check(at: server, run: run)
                guard await deliver(check, link: link), !check.isLast else { return }
                isDue = false
                failures = 0
                backoff = Backoff(RedisReconnectPolicy())
            } catch {
                if error.code == .cancelled || Task.isCancelled || state.withLock({ $0.isClosed }) { return }
                failures += 1
                if failures == 2 { guard await deliver(.unverified(error), link: link) else { return } }
                isDue = true
                try? await Task.sleep(for: backoff.delay(random: .random(in: 0..<1)))
            }
        }
    }

    /// Checks over the existing link, or over a new one, and keeps the link while it works.
    private func check(at server: RedisEndpoint, run: Int) async throws(RedisError) -> NotificationCheck {
        let old = state.withLock { $0.run == run ? $0.link : nil }
        let link = if let old { old } else { try setting.open(at: server) }
        let isKept = state.withLock { state in
            let isCurrent = !state.isClosed && state.run == run
            if isCurrent { state.link = link }
            return isCurrent
        }
        do throws(RedisError) {
            guard isKept else { throw RedisError(.cancelled, "another link is checked") }
            let check = try await setting.check(over: link, at: server, isFirst: old == nil)
            if check.isLast { await drop(link) }
            return check
        } catch {
            await drop(link)
            throw error
        }
    }

    private func drop(_ link: CommandLink) async {
        state.withLock { state in if state.link === link { state.link = nil } }
        await link.close()
    }

    /// Delivers a result. Returns whether it is still of interest.
    @discardableResult
    private func deliver(_ check: NotificationCheck, link: Int) async -> Bool {
        guard let session = state.withLock({ $0.isClosed ? nil : $0.session }) else { return false }
        return await session.notificationsChecked(check, link: link)
    }
}

extension NotificationCheck {
    /// Whether another check would give the same result, because the server refuses it.
    fileprivate var isLast: Bool {
        if case .unverified = state { return true }
        return false
    }
}

extension Session<PubSubDriver> {
    fileprivate func notificationsChecked(_ check: NotificationCheck, link: Int) -> Bool {
        perform { driver, _ in
            (driver.router.sink as? KeyspaceTranslator)?
                .checked(check, link: link, at: driver.endpoint, lastEvent: driver.filters.gap.lastEvent) ?? false
        }
    }

    /// Puts the result of the first check into the stream. Returns the link that is up and whether it is the one that
    /// was checked; `nil` if there is none, because the next one is checked when it is up.
    func tellNotifications(_ check: NotificationCheck) -> (link: Int, server: RedisEndpoint, isChecked: Bool)? {
        perform { driver, _ in
            guard let translator = driver.router.sink as? KeyspaceTranslator else { return nil }
            let (link, isChecked) = translator.started(check, at: driver.endpoint)
            return driver.machine.isReady ? (link, driver.endpoint, isChecked) : nil
        }
    }
}
