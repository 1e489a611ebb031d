/// The server's `notify-keyspace-events`: reads it, adds what is missing when that is asked for, and sets it back. Which
/// server that is may change from link to link; each has its own setting, and what was changed there is set back there.
///
/// It is looked at over links beside the subscriber's, which takes no CONFIG in RESP2. Their names tell other watchers what
/// is needed here, and what the setting was before: whoever ends last sets it back, and nobody before.
final class NotificationSetting: Sendable {
    /// A change that was made here, or by a watcher whose part this one may have to take over.
    struct Change {
        /// What there was before the first of all watchers.
        var before: NotificationFlags
        /// What this one found, and what it made of it, if anything.
        var own: (found: NotificationFlags, written: NotificationFlags)?
        /// What it has set, or others who share its part, the latest last.
        var after: [NotificationFlags]

        /// Whether that is still, or again, as the watchers left it.
        func isLeft(_ current: NotificationFlags) -> Bool { after.contains { $0.looksLike(current) } }
    }

    /// What is known of one server.
    struct Server {
        var change: Change?
        /// What was found where flags could not be set, and what that led to.
        var refusal: NotificationLook?
        var writes = 0
        var absent = NotificationFlags("")
        /// What the last look has shown.
        var seen: NotificationFlags?
        /// How often anybody had called CONFIG SET by the last look; `nil` when the server does not tell.
        var configSets: ConfigCount?
        var tellsConfigSets = true
        var showsClients = true
        /// How often the other watchers had set flags that were off, as they said last.
        var others: [String: Int] = [:]
        /// How many looks have passed since all clients were listed.
        var looksWithoutList = 0
    }

    private struct State {
        var servers: [RedisEndpoint: Server] = [:]
        var isClosed = false
    }

    private static let name: RedisBytes = "notify-keyspace-events"

    /// How long after one look the next follows, if there is one.
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
        // The server has been connected to when it is asked.
        configuration.firstConnectTimeout = nil
        configuration.isAuxiliary = true
        self.configuration = configuration
        self.loop = loop
        self.needed = needed
        self.policy = policy
    }

    // MARK: Links

    /// A link to look over. One that is lost does not come back: the next has the name that is right by then.
    func open(at server: RedisEndpoint) throws(RedisError) -> ControlLink {
        try link(to: server, called: name(at: server))
    }

    func link(to server: RedisEndpoint, called name: String?) throws(RedisError) -> ControlLink {
        var configuration = configuration.pinned(to: server)
        configuration.clientName = name
        // A look is a question of its own.
        configuration.heartbeat = nil
        configuration.reconnect.isEnabled = false
        return try ControlLink(configuration, limits: .clientList, loop: loop)
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

    /// Returns what was known of all servers.
    func forgetServers() -> [RedisEndpoint: Server] { state.withLock { exchange(&$0.servers, with: [:]) } }

    /// The flags that this watcher needs or was asked to set.
    var wanted: NotificationFlags { needed.union(NotificationFlags(policy.added)) }

    // MARK: Looking

    /// Looks at the setting of the server there, and adds what is missing when that is asked for. `isFirst` says that the link
    /// is new, and with it perhaps the server, or its other watchers. Throws what leaves the question open: a link that was
    /// lost, a server that is busy.
    func look(over link: ControlLink, at server: RedisEndpoint, isFirst: Bool) async throws(RedisError)
        -> NotificationLook
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
            // What the others have done so far is no news at later looks.
            if isFirst { try await others(over: link, at: server) }
            return try await judge(current, asked, link, server, isFirst)
        } catch {
            // What the server says of CONFIG is its last word; a link that does not come about says nothing of it.
            let isWord = error.serverMessage != nil && error.phase == .command && !error.isTransient
            guard isWord || error.code == .unexpectedReply else { throw error }
            return .unverified(error)
        }
    }

    private func judge(
        _ current: NotificationFlags,
        _ asked: Moment,
        _ link: ControlLink,
        _ server: RedisEndpoint,
        _ isFirst: Bool
    ) async throws(RedisError) -> NotificationLook {
        let (missing, unknown) = current.lacking(needed)
        var look = NotificationLook(state: .verified, found: current, lacked: missing)
        if missing.isEmpty {
            look.provenAt = asked
            // Off and on again since the last look, by another watcher.
            look.lacked = try await setByOthers(link, server)
            look.complaint =
                "another watcher found notify-keyspace-events without \(look.lacked.rounded), and set it again"
        } else {
            look.complaint = "notify-keyspace-events was changed to \"\(current)\", without \(missing.rounded)"
        }
        guard policy.setsMissing, maySuffice(current) else {
            if !missing.isEmpty {
                look.state = .missing(KeyspaceEvents.MissingNotifications(missing, in: current))
            } else if !unknown.isEmpty {
                look.state = .unknown(unknown.description)
            }
            return look
        }
        return try await addMissing(look, link, server, isFirst)
    }

    /// Whether the events come when what may be set is set.
    private func maySuffice(_ current: NotificationFlags) -> Bool {
        !policy.isExact || current.union(NotificationFlags(policy.added)).lacking(needed).missing.isEmpty
    }

    private func addMissing(
        _ seen: NotificationLook,
        _ link: ControlLink,
        _ server: RedisEndpoint,
        _ isFirst: Bool
    ) async throws(RedisError) -> NotificationLook {
        var look = seen
        let current = look.found
        let known = known(server)
        learn(server) { $0.seen = current }
        // Still as it was left here: what there was before that is what there was.
        let isOurs = known.change?.isLeft(current) == true
        var absent = (policy.isExact ? NotificationFlags(policy.added) : wanted).subtracting(current)
        // What is never shown beside A was set here, and no look tells when it is not any more.
        if isOurs, !isFirst, let after = known.change?.after.last(where: { $0.looksLike(current) }) {
            absent = absent.subtracting(after)
        }
        // Each further try would only be one more line in the server's ACL LOG.
        if !isFirst, let refusal = known.refusal, refusal.found == current {
            look.state = refusal.state
            return look
        }
        // What others have changed is theirs to set back, until they end.
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
            return look
        }
        let before = (isOurs ? known.change?.before : shared) ?? current
        let found = (isOurs ? known.change?.own?.found : nil) ?? current
        var refusal: RedisError?
        for candidate in current.settings(adding: absent, rounding: !policy.isExact) {
            // Noted first: whether a write was executed whose link is lost is not known.
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
                look.state = .enabled(candidate.description)
                look.provenAt = moment
                return look
            } catch {
                guard error.serverMessage != nil, !error.isTransient else { throw error }
                learn(server) { $0.change = known.change }
                refusal = error
                // A flag that this server does not know; any other refusal is the last word.
                guard error.code == .serverError else { break }
            }
        }
        look.state = .missing(KeyspaceEvents.MissingNotifications(absent, in: current, cause: refusal))
        learn(server) { [look] in $0.refusal = look }
        return look
    }

    /// Lets no look begin any more.
    func close() { state.withLock { $0.isClosed = true } }

    static var timeout: Duration { .seconds(5) }
    private static var longestSetting: Int { 1024 }

    static func read(_ link: ControlLink) async throws(RedisError) -> NotificationFlags {
        let reply = try await link.send(["CONFIG", "GET", name], timeout: timeout)
        guard let text = reply[name.description]?.bytes?.plainText(upTo: longestSetting) else {
            throw RedisError(.unexpectedReply, "CONFIG GET does not show notify-keyspace-events", phase: .command)
        }
        return NotificationFlags(text)
    }

    static func write(_ flags: NotificationFlags, _ link: ControlLink) async throws(RedisError) {
        _ = try await link.send(["CONFIG", "SET", name, RedisBytes(flags.description)], timeout: timeout)
    }
}
