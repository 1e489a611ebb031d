// The end of a watch.
extension NotificationSetting {
    /// Closes the link for checks. When this returns, the server does not list the link's name any more. So of several
    /// watchers that end together, the last one finds no other.
    func leave(_ link: CommandLink) async {
        _ = try? await link.send(["CLIENT", "SETNAME", ""], timeout: .seconds(1))
        await link.close()
    }

    /// Restores the old values where this watcher changed them, the policy says so, nobody else has changed them and
    /// nobody else needs them. If several servers were the same one after another, returns the result of the server
    /// where the least could be done.
    func restore() async -> KeyspaceEvents.NotificationRestoration {
        guard policy.restores else { return .notDue }
        let changes = forgetServers().compactMapValues(\.change)
        let results = await withTaskGroup(of: (RedisEndpoint, KeyspaceEvents.NotificationRestoration).self) { group in
            for (server, change) in changes {
                group.addTask { (server, await self.restore(change, at: server)) }
            }
            var results: [RedisEndpoint: KeyspaceEvents.NotificationRestoration] = [:]
            for await (server, result) in group { results[server] = result }
            return results
        }
        if configuration.cluster != nil && results.count > 1 { return .perNode(results) }
        return results.values.max { $0.severity < $1.severity } ?? .notDue
    }

    private func restore(_ change: Change, at server: RedisEndpoint) async -> KeyspaceEvents.NotificationRestoration {
        let link: CommandLink
        do throws(RedisError) {
            link = try self.link(to: server, called: configuration.clientName)
        } catch { return .failed(error) }
        let result: KeyspaceEvents.NotificationRestoration
        do throws(RedisError) { result = try await restore(change, link, server) } catch { result = .failed(error) }
        await link.close()
        return result
    }

    private func restore(
        _ change: Change,
        _ link: CommandLink,
        _ server: RedisEndpoint
    ) async throws(RedisError) -> KeyspaceEvents.NotificationRestoration {
        let current = try await Self.read(link)
        // The write was sent when the watch ended, and did not arrive.
        if current.looksLike(change.before) { return .notDue }
        let others = try await others(over: link, at: server)
        guard others.isEmpty else { return try await leave(current, to: others, change, link) }
        guard change.isLeft(current) else { return .leftAlone(current.description) }
        return .restored(try await set(change.before, change, link).description)
    }

    /// Leaves the setting to other watchers. They restore the value from before, and need to know the setting by then.
    /// So this watcher undoes only its own change, if that was the last change and none of them needs it.
    private func leave(
        _ current: NotificationFlags,
        to others: [WatcherName],
        _ change: Change,
        _ link: CommandLink
    ) async throws(RedisError) -> KeyspaceEvents.NotificationRestoration {
        guard let own = change.own, own.written.looksLike(current),
            others.allSatisfy({ own.found.isSuperset(of: $0.needed) })
        else { return .leftToOthers(current.description) }
        return .leftToOthers(try await set(own.found, change, link).description)
    }

    /// Flags that may be set and are never shown stay set.
    private func set(_ flags: NotificationFlags, _ change: Change, _ link: CommandLink) async throws(RedisError)
        -> NotificationFlags
    {
        let hidden = change.after.reduce(NotificationFlags("")) { $0.union($1) }.intersection(.neverShown)
        let flags = flags.mayHideSome ? flags.union(hidden) : flags
        try await Self.write(flags, link)
        return flags
    }
}

extension KeyspaceEvents.NotificationRestoration {
    fileprivate var severity: Int {
        switch self {
        case .notDue, .perNode: 0
        case .restored: 1
        case .leftToOthers: 2
        case .leftAlone: 3
        case .failed: 4
        }
    }
}
