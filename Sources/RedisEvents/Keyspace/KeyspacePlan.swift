/// Which channels and patterns to subscribe to for the requested events, and which messages are requested events.
/// The server can filter by key or by event, but not by both, and it reports a change that matches two of our patterns
/// twice. So one family of channels is subscribed, the rest is filtered here, and of several patterns the first that
/// matches counts.
package struct KeyspacePlan: Sendable {
    package struct Subscription: Sendable, Hashable {
        package let kind: RedisSubscriptionKind
        package let name: RedisBytes
    }

    package let family: KeyspaceChannel.Family
    package let subscriptions: [Subscription]
    /// The flags that the server needs.
    package let flags: NotificationFlags
    private let keys: [RedisBytes]
    private let events: [RedisBytes]

    /// A plan for glob-style patterns of keys, names of events and a database. No patterns, no names and no database
    /// each mean all of them.
    ///
    /// `enabled` are the only flags that will be set, if the policy says so. Then the one family of these flags is
    /// watched, and without names of events only the classes of these flags are requested.
    package init(
        keys: [RedisBytes] = [],
        events: [KeyspaceEvents.KeyEvent.Name] = [],
        database: Int? = nil,
        enabled: String? = nil
    ) {
        // A pattern that matches everything makes the others superfluous.
        let keys = keys.contains(where: Glob.matchesEverything) ? [] : keys
        var family = keys.isEmpty ? KeyspaceChannel.Family.keyevent : .keyspace
        if let enabled, enabled.contains("K") != enabled.contains("E") {
            family = enabled.contains("K") ? .keyspace : .keyevent
        }
        let names = family == .keyevent ? events.map { Glob.escaping($0.bytes) } : keys
        let prefix = "\(family.prefix)\(database.map(String.init) ?? "*")__:"
        var subscriptions: [Subscription] = []
        for name in names.isEmpty ? ["*"] : names {
            // A channel costs the server less than a pattern, which the server compares with each published message.
            let isChannel = database != nil && Glob.isLiteral(name)
            let subscription = Subscription(
                kind: isChannel ? .channel : .pattern,
                name: RedisBytes(Array(prefix.utf8) + name)
            )
            if !subscriptions.contains(subscription) { subscriptions.append(subscription) }
        }
        self.family = family
        self.subscriptions = subscriptions
        self.keys = keys
        self.events = events.map(\.bytes)
        flags =
            enabled != nil && events.isEmpty
            ? NotificationFlags(family == .keyspace ? "K" : "E") : NotificationFlags(for: events, on: family)
    }

    /// Whether a message of `subscription` is a requested event and not reported by another subscription. Those that the
    /// server has `refused` report nothing.
    package func accepts(
        _ kind: RedisSubscriptionKind,
        _ subscription: RawSpan,
        channel: RawSpan,
        name: RawSpan,
        key: RawSpan,
        refused: Set<Subscription> = []
    ) -> Bool {
        if subscriptions.count > 1 {
            for candidate in subscriptions {
                if candidate.kind == kind && candidate.name.equals(subscription) { break }
                let isMatch =
                    candidate.kind == .channel
                    ? candidate.name.equals(channel) : Glob.matches(candidate.name.rawSpan, channel)
                if isMatch && !refused.contains(candidate) { return false }
            }
        }
        if !events.isEmpty, !events.contains(where: { $0.equals(name) }) { return false }
        // The star for the database may have matched a part of the key.
        return keys.isEmpty || keys.contains { Glob.matches($0.rawSpan, key) }
    }
}
