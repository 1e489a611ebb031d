/// Looks at the server's setting again after each reconnect: a restart, or a failover, may have lost it.
final class NotificationWatch: Sendable {
    private struct State {
        weak var session: Session<PubSubDriver>?
        var task: Task<Void, Never>?
        var isClosed = false
    }

    private let setting: NotificationSetting
    private let state = Locked(State())

    init(_ setting: NotificationSetting) { self.setting = setting }

    /// Where the answers go.
    func attach(_ session: Session<PubSubDriver>) { state.withLock { $0.session = session } }

    /// Asks no more.
    func close() {
        let task = state.withLock { state in
            state.isClosed = true
            return state.task.take()
        }
        task?.cancel()
    }

    /// Asks the server there until there is an answer for the link of that number, or until another link has taken its place.
    func check(link: Int, at server: Endpoint) {
        let task = Task { await ask(link: link, at: server) }
        let old = state.withLock { state in state.isClosed ? task : exchange(&state.task, with: task) }
        old?.cancel()
    }

    private func ask(link: Int, at server: Endpoint) async {
        var backoff = Backoff(ReconnectPolicy())
        while !Task.isCancelled {
            do throws(RedisError) {
                await deliver(try await setting.check(at: server), link: link)
                return
            } catch {
                // Said once, so that nothing waits for an answer that may be long in coming.
                guard error.code != .cancelled, await deliver(.unverified(error), link: link) else { return }
            }
            try? await Task.sleep(for: backoff.delay(random: .random(in: 0..<1)))
        }
    }

    /// Returns whether the answer is still of interest.
    @discardableResult
    private func deliver(_ answer: NotificationState, link: Int) async -> Bool {
        guard let session = state.withLock({ $0.isClosed ? nil : $0.session }) else { return false }
        return await session.notificationsChecked(answer, link: link)
    }
}

extension Session<PubSubDriver> {
    fileprivate func notificationsChecked(_ state: NotificationState, link: Int) -> Bool {
        perform { driver, _ in
            (driver.sink as? KeyspaceTranslator)?.checked(state, link: link, at: driver.endpoint) ?? false
        }
    }

    /// Puts news of the setting into the stream.
    func tellNotifications(_ state: NotificationState) {
        perform { driver, _ in (driver.sink as? KeyspaceTranslator)?.tell(state, at: driver.endpoint) }
    }
}
