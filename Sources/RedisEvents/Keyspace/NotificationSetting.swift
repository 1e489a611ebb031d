/// The server's `notify-keyspace-events`: reads it, adds missing flags if the policy says so, and restores it. The
/// server may change from link to link; each server has its own setting, and a changed setting is restored on the
/// server where it was changed.
///
/// The setting is checked over links of their own, because a subscriber in RESP2 may not send CONFIG. The names of
/// these links tell other watchers which flags are needed here, and what the setting was before. The last watcher that
/// ends restores it.
final class NotificationSetting: Sendable {
    /// A change that this watcher made, or that another watcher made and this one may have to undo.
    struct Change {
        /// The flags before the first of all watchers.
        var before: NotificationFlags
        /// The flags that this watcher found, and those that it wrote, if any.
        var own: (found: NotificationFlags, written: NotificationFlags)?
        /// The flags that this watcher has set, or other watchers with the same `before`; the latest are last.
        var after: [NotificationFlags]

        /// Whether the setting is still, or again, as the watchers left it.
        func isLeft(_ current: NotificationFlags) -> Bool { after.contains { $0.looksLike(current) } }
    }

    /// The state of one server.
    struct Server {
        var change: Change?
        /// The result of a check where flags could not be set.
        var refusal: NotificationCheck?
        var writes = 0
        var absent = NotificationFlags("")
        /// The flags that the last check found.
        var seen: NotificationFlags?
        /// How often anybody had called CONFIG SET by the last check; `nil` when the server does not report it.
        var configSets: ConfigCount?
        var tellsConfigSets = true
        var showsClients = true
        /// How often the other watchers had set flags that were off, by their last names.
        var others: [String: Int] = [:]
        /// How many checks have passed since all clients were listed.
        var checksWithoutList = 0
    }

    private struct State {
        var servers: [RedisEndpoint: Server] = [:]
        var isClosed = false
    }

    private static let name: RedisBytes = "notify-keyspace-events"

    /// The time between two checks; `nil` when there is only one.
    var interval: Duration? { policy.checkInterval }

    let configuration: RedisConfiguration
    private let loop: RedisEventLoop
    let needed: NotificationFlags
    let policy: KeyspaceEvents.NotificationPolicy
    let mark = String(UInt64.random(in: .min ... .max), radix: 36)
    private let state = Locked(State())

    init(
        _ configuration: RedisConfiguration,
        loop: RedisEventLoop,
        needed: NotificationFlags,
        policy: KeyspaceEvents.NotificationPolicy
    ) {
        var configuration = configuration
        // The server has been connected to before it is asked here.
        configuration.firstConnectTimeout = nil
        configuration.isAuxiliary = true
        self.configuration = configuration
        self.loop = loop
        self.needed = needed
        self.policy = policy
    }

    // MARK: Links

    /// Opens a link for checks. A lost link is not opened again: the next one gets a new name.
    func open(at server: RedisEndpoint) throws(RedisError) -> CommandLink {
        try link(to: server, called: name(at: server))
    }

    func link(to server: RedisEndpoint, called name: String?) throws(RedisError) -> CommandLink {
        var configuration = configuration.pinned(to: server)
        configuration.clientName = name
        // A check shows by itself whether the link is alive.
        configuration.heartbeat = nil
        configuration.reconnect.isEnabled = false
        return try CommandLink(configuration, limits: .clientList, loop: loop)
    }

    func name(at server: RedisEndpoint) -> String {
        let known = known(server)
        let name = WatcherName(
            mark: mark,
            needed: wanted,
            before: known.change?.before,
            writes: known.writes,
            absent: known.absent
        )
        return name.text(behind: configuration.clientName)
    }

    func known(_ server: RedisEndpoint) -> Server { state.withLock { $0.servers[server, default: Server()] } }

    func learn(_ server: RedisEndpoint, _ body: (inout Server) -> Void) {
        state.withLock { body(&$0.servers[server, default: Server()]) }
    }

    /// Forgets the state of all servers, and returns it.
    func forgetServers() -> [RedisEndpoint: Server] { state.withLock { exchange(&$0.servers, with: [:]) } }

    /// The flags that this watcher needs or has to add.
    var wanted: NotificationFlags { needed.union(NotificationFlags(policy.added)) }

    // MARK: Checking

    /// Checks the setting of that server, and adds missing flags if the policy says so. Throws when the result cannot
    /// be known, because the link was lost or the server is busy. `isFirst` says that the link is new; then the server
    /// and its other watchers may be new as well.
    func check(over link: CommandLink, at server: RedisEndpoint, isFirst: Bool) async throws(RedisError)
        -> NotificationCheck
    {
        if state.withLock({ $0.isClosed }) { throw .closed }
        if isFirst {
            learn(server) { server in
                server.tellsConfigSets = true
                server.showsClients = true
            }
        }
        do throws(RedisError) {
            let asked = Moment.now()
            let current = try await Self.read(link)
            // Changes by other watchers until now need not be reported by later checks.
            if isFirst { try await others(over: link, at: server) }
            return try await judge(current, asked, link, server, isFirst)
        } catch {
            // An error reply to CONFIG is final. A link that cannot be opened says nothing about CONFIG.
            let isWord = error.serverMessage != nil && error.phase == .command && !error.isTransient
            guard isWord || error.code == .unexpectedReply else { throw error }
            return .unverified(error)
        }
    }

    private func judge(
        _ current: NotificationFlags,
        _ asked: Moment,
        _ link: CommandLink,
        _ server: RedisEndpoint,
        _ isFirst: Bool
    ) async throws(RedisError) -> NotificationCheck {
        let (missing, unknown) = current.lacking(needed)
        var check = NotificationCheck(state: .verified, found: current, lacked: missing)
        if missing.isEmpty {
            check.verifiedAt = asked
            // The flags were off and another watcher has set them again since the last check.
            check.lacked = try await setByOthers(link, server)
            check.complaint =
                "another watcher found notify-keyspace-events without \(check.lacked.rounded), and set it again"
        } else {
            check.complaint = "notify-keyspace-events was changed to \"\(current)\", without \(missing.rounded)"
        }
        guard policy.setsMissing, maySuffice(current) else {
            if !missing.isEmpty {
                check.state = .missing(KeyspaceEvents.MissingNotifications(missing, in: current))
            } else if !unknown.isEmpty {
                check.state = .unknown(unknown.description)
            }
            return check
        }
        return try await addMissing(check, link, server, isFirst)
    }

    /// Whether the events come if the flags that are never shown are set.
    private func maySuffice(_ current: NotificationFlags) -> Bool {
        !policy.isExact || current.union(NotificationFlags(policy.added)).lacking(needed).missing.isEmpty
    }

    private func addMissing(
        _ seen: NotificationCheck,
        _ link: CommandLink,
        _ server: RedisEndpoint,
        _ isFirst: Bool
    ) async throws(RedisError) -> NotificationCheck {
        var check = seen
        let current = check.found
        let known = known(server)
        learn(server) { $0.seen = current }
        // The setting is still as the watchers left it, so `before` is still valid.
        let isOurs = known.change?.isLeft(current) == true
        var absent = (policy.isExact ? NotificationFlags(policy.added) : wanted).subtracting(current)
        // Flags that are not shown beside A were set here. No check can show that they have been removed.
        if isOurs, !isFirst, let after = known.change?.after.last(where: { $0.looksLike(current) }) {
            absent = absent.subtracting(after)
        }
        // Each further try would only be one more line in the server's ACL LOG.
        if !isFirst, let refusal = known.refusal, refusal.found == current {
            check.state = refusal.state
            return check
        }
        // Other watchers restore what they have changed when they end.
        var shared: NotificationFlags?
        if policy.restores, !isOurs, isFirst || known.seen != current {
            let befores = try await others(over: link, at: server).compactMap(\.before)
            let mine = known.change?.before
            shared = mine.map { mine in befores.first { $0.looksLike(mine) } } ?? befores.first
        }
        guard !absent.isEmpty else {
            if let shared {
                let after = (known.change?.after ?? []).suffix(7) + [current]
                learn(server) { $0.change = Change(before: shared, own: known.change?.own, after: after) }
                await rename(link, at: server)
            }
            return check
        }
        let before = (isOurs ? known.change?.before : shared) ?? current
        let found = (isOurs ? known.change?.own?.found : nil) ?? current
        var refusal: RedisError?
        for candidate in current.settings(adding: absent, rounding: !policy.isExact) {
            // The change is noted before it is written: if the link is lost, it is not known whether the write was
            // executed.
            let after = (isOurs ? known.change?.after ?? [] : []).suffix(7) + [candidate]
            learn(server) { $0.change = Change(before: before, own: (found, candidate), after: after) }
            let moment = Moment.now()
            do throws(RedisError) {
                try await Self.write(candidate, link)
                learn(server) { server in
                    server.writes += 1
                    server.absent = absent
                    server.refusal = nil
                }
                await rename(link, at: server)
                _ = try? await configSets(link, server)
                check.state = .enabled(candidate.description)
                check.verifiedAt = moment
                return check
            } catch {
                guard error.serverMessage != nil, !error.isTransient else { throw error }
                learn(server) { $0.change = known.change }
                refusal = error
                // The server does not know one of the flags. Any other refusal is final.
                guard error.code == .serverError else { break }
            }
        }
        check.state = .missing(KeyspaceEvents.MissingNotifications(absent, in: current, cause: refusal))
        learn(server) { [check] in $0.refusal = check }
        return check
    }

    /// Prevents further checks.
    func close() { state.withLock { $0.isClosed = true } }

    static var timeout: Duration { .seconds(5) }
    private static var longestSetting: Int { 1024 }

    static func read(_ link: CommandLink) async throws(RedisError) -> NotificationFlags {
        let reply = try await link.send(["CONFIG", "GET", name], timeout: timeout)
        guard let text = reply[name.description]?.bytes?.plainText(upTo: longestSetting) else {
            throw RedisError(.unexpectedReply, "CONFIG GET does not show notify-keyspace-events", phase: .command)
        }
        return NotificationFlags(text)
    }

    static func write(_ flags: NotificationFlags, _ link: CommandLink) async throws(RedisError) {
        _ = try await link.send(["CONFIG", "SET", name, RedisBytes(flags.description)], timeout: timeout)
    }
}
