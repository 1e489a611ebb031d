/// The server's `notify-keyspace-events`: reads it, adds what is missing when that is asked for, and sets it back. Which
/// server that is may change from link to link; each has its own setting, and what was changed there is set back there.
///
/// Each of these takes a link of its own for as long as it lasts: a subscriber's link takes no CONFIG in RESP2, and there
/// is nothing to ask between a start and a reconnect.
final class NotificationSetting: Sendable {
    /// A change that was made here.
    private struct Change {
        var before: NotificationFlags
        var after: NotificationFlags
    }

    private struct State {
        var changes: [Endpoint: Change] = [:]
        var links: [ObjectIdentifier: ControlLink] = [:]
        var isClosed = false
    }

    private static let name: RedisBytes = "notify-keyspace-events"

    private let configuration: RedisConfiguration
    private let loop: EventLoop
    private let needed: NotificationFlags
    private let policy: NotificationPolicy
    private let state = Locked(State())

    init(_ configuration: RedisConfiguration, loop: EventLoop, needed: NotificationFlags, policy: NotificationPolicy) {
        self.configuration = configuration
        self.loop = loop
        self.needed = needed
        self.policy = policy
    }

    /// Looks at the setting of the server there, and adds what is missing when that is asked for. Throws what leaves the
    /// question open: a link that was lost, a server that is busy.
    func check(at server: Endpoint) async throws(RedisError) -> NotificationState {
        if state.withLock({ $0.isClosed }) { throw .closed }
        return try await withLink(to: server) { link async throws(RedisError) in
            do throws(RedisError) {
                return try await self.check(try await Self.read(link), link, at: server)
            } catch {
                // What the server says of CONFIG is its last word; a link that does not come about says nothing of it.
                let isWord = error.serverMessage != nil && error.phase == .command && !error.isTransient
                guard isWord || error.code == .unexpectedReply else { throw error }
                return .unverified(error)
            }
        }
    }

    private func check(
        _ current: NotificationFlags,
        _ link: ControlLink,
        at server: Endpoint
    ) async throws(RedisError) -> NotificationState {
        let (missing, unknown) = current.lacking(needed)
        guard policy.setsMissing else {
            if !missing.isEmpty { return .missing(MissingNotifications(missing, in: current)) }
            return unknown.isEmpty ? .verified : .unknown(unknown.description)
        }
        let absent = needed.union(NotificationFlags(policy.added)).subtracting(current)
        guard !absent.isEmpty else { return .verified }
        let last = state.withLock { $0.changes[server] }
        // Still as it was left here: what there was before that is what there was.
        let before = last.flatMap { $0.after.looksLike(current) ? $0.before : nil } ?? current
        var refusal: RedisError?
        for candidate in current.settings(adding: absent) {
            // Noted first: whether a write was executed whose link is lost is not known.
            state.withLock { $0.changes[server] = Change(before: before, after: candidate) }
            do throws(RedisError) {
                try await Self.write(candidate, link)
                return .enabled(candidate.description)
            } catch {
                guard error.serverMessage != nil, !error.isTransient else { throw error }
                state.withLock { $0.changes[server] = last }
                refusal = error
                // A flag that this server does not know; any other refusal is the last word.
                guard error.code == .serverError else { break }
            }
        }
        return .missing(MissingNotifications(absent, in: current, cause: refusal))
    }

    /// Sets the old values back, where they were changed here, are to be set back, and were changed by nobody else. Of several
    /// servers that were the same one after another, it is told what became of the one where the least could be done.
    func restore() async -> NotificationRestoration {
        guard policy.restores else { return .notDue }
        let changes = state.withLock { exchange(&$0.changes, with: [:]) }
        let results = await withTaskGroup(of: (Endpoint, NotificationRestoration).self) { group in
            for (server, change) in changes {
                group.addTask { (server, await self.restore(change, at: server)) }
            }
            var results: [Endpoint: NotificationRestoration] = [:]
            for await (server, result) in group { results[server] = result }
            return results
        }
        if configuration.cluster != nil && results.count > 1 { return .perNode(results) }
        return results.values.max { $0.severity < $1.severity } ?? .notDue
    }

    private func restore(_ change: Change, at server: Endpoint) async -> NotificationRestoration {
        do throws(RedisError) {
            return try await withLink(to: server) { link async throws(RedisError) in
                let current = try await Self.read(link)
                // The write was on its way when all ended, and did not get there.
                if current.looksLike(change.before) { return .notDue }
                guard current.looksLike(change.after) else { return .leftAlone(current.description) }
                // What may have been set unseen stays set.
                let kept = change.before.mayHideSome ? change.after.intersection(.shy) : NotificationFlags("")
                let before = change.before.union(kept)
                try await Self.write(before, link)
                return .restored(before.description)
            }
        } catch { return .failed(error) }
    }

    /// Ends a check that is under way, and lets no other begin.
    func close() {
        let links = state.withLock { state in
            state.isClosed = true
            return state.links.values
        }
        for link in links { link.closeNow() }
    }

    private func withLink<Result>(
        to server: Endpoint,
        _ body: (ControlLink) async throws(RedisError) -> Result
    ) async throws(RedisError) -> Result {
        let link = try ControlLink(configuration.pinned(to: server), loop: loop)
        let number = ObjectIdentifier(link)
        state.withLock { $0.links[number] = link }
        defer { state.withLock { $0.links[number] = nil } }
        do throws(RedisError) {
            let result = try await body(link)
            await link.close()
            return result
        } catch {
            await link.close()
            throw error
        }
    }

    private static var timeout: Duration { .seconds(5) }

    private static func read(_ link: ControlLink) async throws(RedisError) -> NotificationFlags {
        let reply = try await link.send(["CONFIG", "GET", name], timeout: timeout)
        guard let text = reply[name.description]?.text else {
            throw RedisError(.unexpectedReply, "CONFIG GET does not show notify-keyspace-events", phase: .command)
        }
        return NotificationFlags(text)
    }

    private static func write(_ flags: NotificationFlags, _ link: ControlLink) async throws(RedisError) {
        _ = try await link.send(["CONFIG", "SET", name, RedisBytes(flags.description)], timeout: timeout)
    }
}

extension NotificationRestoration {
    fileprivate var severity: Int {
        switch self {
        case .notDue, .perNode: 0
        case .restored: 1
        case .leftAlone: 2
        case .failed: 3
        }
    }
}
