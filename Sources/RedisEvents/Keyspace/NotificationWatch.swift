/// Looks at the server's setting after each reconnect, because a restart or a failover may have lost it, and then every few
/// seconds, because anybody may change it: for as long as the link that it is about stands.
///
/// A look costs the server one CONFIG GET and one INFO commandstats, over one link that is kept for it. Where that is refused, it is asked once for
/// each link: every further try would only be one more line in the server's ACL LOG.
final class NotificationWatch: Sendable {
    private struct State {
        weak var session: Session<PubSubDriver>?
        var task: Task<Void, Never>?
        var link: ControlLink?
        /// Which of the tasks is the one whose link that is: one that has been cancelled may not be over yet.
        var run = 0
        var isClosed = false
    }

    private let setting: NotificationSetting
    private let state = Locked(State())

    init(_ setting: NotificationSetting) { self.setting = setting }

    /// Where the answers go.
    func attach(_ session: Session<PubSubDriver>) { state.withLock { $0.session = session } }

    /// Looks for the first time, for whoever starts.
    func first(at server: RedisEndpoint) async throws(RedisError) -> NotificationLook {
        await forget()
        return try await look(at: server, run: state.withLock { $0.run })
    }

    /// Goes on with the link of that number, which goes to the server there and was looked at just now.
    func follow(link: Int, at server: RedisEndpoint, after look: NotificationLook) {
        if !look.isLast { begin(keepsLink: true) { await $0.run(link, at: server, isDue: false, $1) } }
    }

    /// Another link stands: asks the server there until there is an answer, and goes on from there.
    func check(link: Int, at server: RedisEndpoint) {
        // The old one may lead nowhere any more, or to another server.
        begin(keepsLink: false) { await $0.run(link, at: server, isDue: true, $1) }
    }

    /// Asks no more, and returns when nothing is left of it at the server.
    func close() async {
        // A look that is under way may be changing something.
        await end()?.value
        await forget()
    }

    /// The same without waiting.
    func closeNow() {
        end()
        takeLink()?.closeNow()
    }

    /// Nothing that was learnt so far counts.
    func forget() async {
        if let link = takeLink() { await setting.leave(link) }
    }

    private func begin(keepsLink: Bool, _ body: @escaping @Sendable (NotificationWatch, Int) async -> Void) {
        let (run, oldLink) = state.withLock { state in
            state.run += 1
            return (state.run, keepsLink ? nil : state.link.take())
        }
        oldLink?.closeNow()
        let task = Task { await body(self, run) }
        let old = state.withLock { state in state.isClosed ? task : exchange(&state.task, with: task) }
        old?.cancel()
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

    private func takeLink() -> ControlLink? { state.withLock { $0.link.take() } }

    private func run(_ link: Int, at server: RedisEndpoint, isDue: Bool, _ run: Int) async {
        var isDue = isDue
        // A first look that fails is told at once: something may wait for it.
        var failures = isDue ? 1 : 0
        var backoff = Backoff(RedisReconnectPolicy())
        while !Task.isCancelled {
            if !isDue {
                guard let interval = setting.interval else { return }
                try? await Task.sleep(for: interval)
                if Task.isCancelled { return }
            }
            do throws(RedisError) {
                let look = try await look(at: server, run: run)
                guard await deliver(look, link: link), !look.isLast else { return }
                isDue = false
                failures = 0
                backoff = Backoff(RedisReconnectPolicy())
            } catch {
                if error.code == .cancelled || state.withLock({ $0.isClosed }) { return }
                failures += 1
                if failures == 2 { guard await deliver(.unverified(error), link: link) else { return } }
                isDue = true
                try? await Task.sleep(for: backoff.delay(random: .random(in: 0..<1)))
            }
        }
    }

    /// Looks over the link that there is, or else over a new one, and keeps it as long as it is good.
    private func look(at server: RedisEndpoint, run: Int) async throws(RedisError) -> NotificationLook {
        let old = state.withLock { $0.run == run ? $0.link : nil }
        let link = if let old { old } else { try setting.open(at: server) }
        let isKept = state.withLock { state in
            let isCurrent = !state.isClosed && state.run == run
            if isCurrent { state.link = link }
            return isCurrent
        }
        do throws(RedisError) {
            guard isKept else { throw RedisError(.cancelled, "another link is looked at") }
            let look = try await setting.look(over: link, at: server, isFirst: old == nil)
            if look.isLast { await drop(link) }
            return look
        } catch {
            await drop(link)
            throw error
        }
    }

    private func drop(_ link: ControlLink) async {
        state.withLock { state in if state.link === link { state.link = nil } }
        await link.close()
    }

    /// Returns whether the answer is still of interest.
    @discardableResult
    private func deliver(_ look: NotificationLook, link: Int) async -> Bool {
        guard let session = state.withLock({ $0.isClosed ? nil : $0.session }) else { return false }
        return await session.notificationsChecked(look, link: link)
    }
}

extension NotificationLook {
    /// Whether another would show the same: the server does not let it be seen.
    fileprivate var isLast: Bool {
        if case .unverified = state { return true }
        return false
    }
}

extension Session<PubSubDriver> {
    fileprivate func notificationsChecked(_ look: NotificationLook, link: Int) -> Bool {
        perform { driver, _ in
            (driver.router.sink as? KeyspaceTranslator)?
                .checked(look, link: link, at: driver.endpoint, lastEvent: driver.filters.gap.lastEvent) ?? false
        }
    }

    /// Puts what the start has found into the stream. Returns the number of the link that it is about.
    func tellNotifications(_ look: NotificationLook) -> Int {
        perform { driver, _ in (driver.router.sink as? KeyspaceTranslator)?.started(look, at: driver.endpoint) ?? 0 }
    }
}
