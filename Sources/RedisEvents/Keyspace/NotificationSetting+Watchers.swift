// The other watchers of a server's keys, and their changes of its setting.
extension NotificationSetting {
    /// The needed flags that other watchers have had to set since the last check. Throws when that cannot be known.
    func setByOthers(_ link: CommandLink, _ server: RedisEndpoint) async throws(RedisError) -> NotificationFlags {
        let known = known(server)
        let now = try await configSets(link, server)
        // If nobody has set anything, nothing was off meanwhile. The first check has nothing to compare with.
        guard let before = known.configSets, let now, !before.continues(in: now), mayList(now, server) else {
            return NotificationFlags("")
        }
        return try await others(over: link, at: server).filter { $0.writes > known.others[$0.mark] ?? 0 }
            .reduce(NotificationFlags("")) { $0.union($1.absent.intersection(needed)) }
    }

    /// Whether the list of all clients may be asked for. Before 7.0, reading the setting is counted as well, so the
    /// count says little. In that case the list is not asked for at every check.
    private func mayList(_ count: ConfigCount, _ server: RedisEndpoint) -> Bool {
        guard count.includesReads else { return true }
        var mayList = false
        learn(server) { server in
            server.checksWithoutList += 1
            mayList = server.checksWithoutList >= Self.checksPerList
            if mayList { server.checksWithoutList = 0 }
        }
        return mayList
    }

    private static var checksPerList: Int { 10 }

    /// How often anybody has called CONFIG SET. `nil` when the server does not report it. Throws when that cannot be
    /// known.
    @discardableResult
    func configSets(_ link: CommandLink, _ server: RedisEndpoint) async throws(RedisError) -> ConfigCount? {
        var count: ConfigCount?
        if known(server).tellsConfigSets {
            let reply = try await link.ask(["INFO", "commandstats"], timeout: Self.timeout)
            count = ConfigCount(reply?.bytes ?? "")
        }
        learn(server) { [count] server in
            server.configSets = count
            if count == nil { server.tellsConfigSets = false }
        }
        return count
    }

    func rename(_ link: CommandLink, at server: RedisEndpoint) async {
        _ = try? await link.send(["CLIENT", "SETNAME", RedisBytes(name(at: server))], timeout: Self.timeout)
    }

    /// The other watchers of the server's keys, as far as they can be known: none where CLIENT LIST is refused. Throws
    /// when that cannot be known.
    @discardableResult
    func others(over link: CommandLink, at server: RedisEndpoint) async throws(RedisError) -> [WatcherName] {
        guard known(server).showsClients else { return [] }
        let reply = try await link.ask(["CLIENT", "LIST"], timeout: Self.timeout)
        let others = WatcherName.others(in: WatcherName.all(in: reply?.bytes ?? ""), than: mark)
        learn(server) { server in
            server.showsClients = reply != nil
            server.others = Dictionary(others.map { ($0.mark, $0.writes) }, uniquingKeysWith: max)
        }
        return others
    }
}

extension CommandLink {
    /// The reply, or `nil` when the server refuses the command for good. A lost link and a server that is busy or
    /// silent are not refusals: their errors are thrown.
    fileprivate func ask(_ command: RedisCommand, timeout: Duration) async throws(RedisError) -> RESPValue? {
        do throws(RedisError) { return try await send(command, timeout: timeout) } catch {
            guard error.serverMessage != nil, error.phase == .command, !error.isTransient else { throw error }
            return nil
        }
    }
}
