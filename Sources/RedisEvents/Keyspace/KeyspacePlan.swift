/// What to subscribe to for the events that are asked for, and which of the messages that come are they.
///
/// The server can filter by key or by event, not by both, and a change that matches two of our patterns is told twice. So
/// one family of channels is subscribed to, the rest is looked at here, and of several patterns the first that matches
/// counts.
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

    /// Plans for glob-style patterns of keys, names of events and a database; no patterns, no names and no database each
    /// mean all of them.
    ///
    /// `enabled` are the flags that will be set and no others, when that is so: the one family that these turn on is watched,
    /// and without names of events the classes that they name are all that is asked for.
    package init(
        keys: [RedisBytes] = [],
        events: [KeyspaceEvents.KeyEvent.Name] = [],
        database: Int? = nil,
        enabled: String? = nil
    ) {
        // A pattern that leaves nothing out makes the others idle.
        let keys = keys.contains(where: Glob.matchesEverything) ? [] : keys
        var family = keys.isEmpty ? KeyspaceChannel.Family.keyevent : .keyspace
        if let enabled, enabled.contains("K") != enabled.contains("E") {
            family = enabled.contains("K") ? .keyspace : .keyevent
        }
        let names = family == .keyevent ? events.map { Glob.escaping($0.bytes) } : keys
        let prefix = "\(family.prefix)\(database.map(String.init) ?? "*")__:"
        var subscriptions: [Subscription] = []
        for name in names.isEmpty ? ["*"] : names {
            // A channel costs the server less than a pattern, which it tries against each message published.
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

    /// Whether a message that came by `subscription` is one of the events asked for, and not told by another subscription.
    package func accepts(
        _ kind: RedisSubscriptionKind,
        _ subscription: RawSpan,
        channel: RawSpan,
        name: RawSpan,
        key: RawSpan
    ) -> Bool {
        if subscriptions.count > 1 {
            for candidate in subscriptions {
                if candidate.kind == kind && candidate.name.equals(subscription) { break }
                let isMatch =
                    candidate.kind == .channel
                    ? candidate.name.equals(channel) : Glob.matches(candidate.name.rawSpan, channel)
                if isMatch { return false }
            }
        }
        if !events.isEmpty, !events.contains(where: { $0.equals(name) }) { return false }
        // The star for the database may have matched a part of the key.
        return keys.isEmpty || keys.contains { Glob.matches($0.rawSpan, key) }
    }
}
