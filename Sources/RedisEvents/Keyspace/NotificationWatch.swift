/// Looks at the server's setting again after each reconnect: a restart, or a failover, may have lost it.
final class NotificationWatch: Sendable {
    private struct WeakSession {
        weak var session: Session<PubSubDriver>?
        var isClosed = false
    }

    let setting: NotificationSetting
    private let target = Locked(WeakSession())

    init(_ setting: NotificationSetting) { self.setting = setting }

    /// Where the answers go.
    func attach(_ session: Session<PubSubDriver>) { target.withLock { $0.session = session } }

    /// Asks no more.
    func close() {
        target.withLock { $0.isClosed = true }
        setting.close()
    }

    /// Asks until there is an answer for the link of that number, or until another link has taken its place.
    func check(link: Int) {
        Task {
            var backoff = Backoff(ReconnectPolicy())
            while true {
                do throws(RedisError) {
                    let state = try await setting.check()
                    await deliver(state, link: link)
                    return
                } catch {
                    // Said once, so that nothing waits for an answer that may be long in coming.
                    guard await deliver(.unverified(error), link: link) else { return }
                }
                try? await Task.sleep(for: backoff.delay(random: .random(in: 0..<1)))
            }
        }
    }

    /// Returns whether the answer is still of interest.
    @discardableResult
    private func deliver(_ state: NotificationState, link: Int) async -> Bool {
        guard let session = target.withLock({ $0.isClosed ? nil : $0.session }) else { return false }
        return await session.notificationsChecked(state, link: link)
    }
}

extension Session<PubSubDriver> {
    fileprivate func notificationsChecked(_ state: NotificationState, link: Int) -> Bool {
        perform { driver, _ in (driver.sink as? KeyspaceTranslator)?.checked(state, link: link) ?? false }
    }

    /// Puts news of the setting into the stream.
    func tellNotifications(_ state: NotificationState) {
        perform { driver, _ in (driver.sink as? KeyspaceTranslator)?.tell(state) }
    }
}
