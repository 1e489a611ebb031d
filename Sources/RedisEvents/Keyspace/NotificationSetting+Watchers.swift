// Who else watches the keys of a server, and what they have done to its setting.
extension NotificationSetting {
    /// The flags that are needed here and that other watchers have had to set since the last look.
    func setByOthers(_ link: ControlLink, _ server: Endpoint) async -> NotificationFlags {
        let (before, counts) = (known(server).configSets, known(server).others)
        let now = await configSets(link, server)
        // As long as nobody has set anything, nothing was off meanwhile.
        guard let before, let now, !before.continues(in: now) else { return NotificationFlags("") }
        return await others(over: link, at: server).filter { $0.writes > counts[$0.mark] ?? 0 }
            .reduce(NotificationFlags("")) { $0.union($1.absent.intersection(needed)) }
    }

    /// How often anybody has called CONFIG SET. `nil` when the server does not tell.
    func configSets(_ link: ControlLink, _ server: Endpoint) async -> ConfigCount? {
        var count: ConfigCount?
        if known(server).tellsConfigSets {
            let reply = try? await link.send(["INFO", "commandstats"], timeout: Self.timeout)
            count = ConfigCount(reply?.text ?? "")
        }
        learn(server) { [count] server in
            server.configSets = count
            if count == nil { server.tellsConfigSets = false }
        }
        return count
    }

    func rename(_ link: ControlLink, at server: Endpoint) async {
        _ = try? await link.send(["CLIENT", "SETNAME", RedisBytes(name(at: server))], timeout: Self.timeout)
    }

    /// The others who watch the server's keys, as far as they can be known: nobody where CLIENT LIST is refused.
    func others(over link: ControlLink, at server: Endpoint) async -> [WatcherName] {
        guard known(server).showsClients else { return [] }
        let reply = try? await link.send(["CLIENT", "LIST"], timeout: Self.timeout)
        let others = WatcherName.all(in: reply?.text ?? "").filter { $0.mark != mark }
        learn(server) { server in
            server.showsClients = reply != nil
            server.others = Dictionary(others.map { ($0.mark, $0.writes) }, uniquingKeysWith: max)
        }
        return others
    }
}
