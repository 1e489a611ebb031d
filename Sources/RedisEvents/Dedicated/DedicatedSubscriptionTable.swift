/// The private subscriptions of a `PubSub`, and for the names that they have whether the common stream wants them as well.
/// Names that only the stream has are not in it.
final class DedicatedSubscriptionTable {
    private struct Name {
        var dedicatedSubscriptions: [DedicatedSubscription] = []
        /// A `subscribe` asked for it, too.
        var isInStream: Bool
    }

    private var names = RedisSubscriptionKind.allCases.map { _ in [RedisBytes: Name]() }
    private var byMailbox: [ObjectIdentifier: DedicatedSubscription] = [:]

    var all: some Collection<DedicatedSubscription> { byMailbox.values }

    /// The outlet that a mailbox belongs to.
    subscript(mailbox: Mailbox<PubSubControl>) -> DedicatedSubscription? { byMailbox[ObjectIdentifier(mailbox)] }

    /// Whether the stream has everything to itself.
    var isEmpty: Bool { names.allSatisfy(\.isEmpty) }

    /// Who takes the messages of a name.
    func consumers(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> (
        dedicatedSubscriptions: [DedicatedSubscription], isInStream: Bool
    ) {
        guard let found = names[Int(kind.rawValue)][name] else { return ([], true) }
        return (found.dedicatedSubscriptions, found.isInStream)
    }

    /// Whether a private subscription has the name.
    func has(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.dedicatedSubscriptions.isEmpty == false
    }

    /// Whether the stream has the name, as far as it is known at all.
    func isInStream(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.isInStream ?? true
    }

    /// Adds an outlet; `isInStream` tells which names the stream has already.
    func add(_ dedicated: DedicatedSubscription, isInStream: (RedisBytes) -> Bool) {
        byMailbox[ObjectIdentifier(dedicated.mailbox)] = dedicated
        for name in dedicated.names {
            names[Int(dedicated.kind.rawValue)][name, default: Name(isInStream: isInStream(name))]
                .dedicatedSubscriptions.append(dedicated)
        }
    }

    /// The stream wants a name, or does not any more.
    func setInStream(_ kind: RedisSubscriptionKind, _ name: RedisBytes, _ isInStream: Bool) {
        names[Int(kind.rawValue)][name]?.isInStream = isInStream
    }

    /// Removes an outlet. Returns the names that nobody wants now; they stay known until `forget`, so that the stream is
    /// not told of what it never had.
    func remove(_ dedicated: DedicatedSubscription) -> [RedisBytes] {
        byMailbox[ObjectIdentifier(dedicated.mailbox)] = nil
        var left: [RedisBytes] = []
        for name in dedicated.names {
            guard var entry = names[Int(dedicated.kind.rawValue)][name] else { continue }
            entry.dedicatedSubscriptions.removeAll { $0 === dedicated }
            names[Int(dedicated.kind.rawValue)][name] =
                entry.dedicatedSubscriptions.isEmpty && entry.isInStream ? nil : entry
            if entry.dedicatedSubscriptions.isEmpty && !entry.isInStream { left.append(name) }
        }
        return left
    }

    /// The name is not subscribed any more. It stays known while an outlet has it.
    func forget(_ kind: RedisSubscriptionKind, _ name: RedisBytes) {
        if !has(kind, name) { names[Int(kind.rawValue)][name] = nil }
    }

    /// The server refused the name. Returns the outlets that have none left.
    func refused(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> [DedicatedSubscription] {
        let dedicatedSubscriptions = names[Int(kind.rawValue)].removeValue(forKey: name)?.dedicatedSubscriptions ?? []
        for dedicated in dedicatedSubscriptions { dedicated.names.remove(name) }
        return dedicatedSubscriptions.filter(\.names.isEmpty)
    }

    /// Forgets what nobody has and the server does not hold.
    func forgetLeft(_ isKnown: (RedisSubscriptionKind, RedisBytes) -> Bool) {
        for kind in RedisSubscriptionKind.allCases {
            names[Int(kind.rawValue)] = names[Int(kind.rawValue)].filter { name, entry in
                !entry.dedicatedSubscriptions.isEmpty || isKnown(kind, name)
            }
        }
    }

    func removeAll() {
        names = RedisSubscriptionKind.allCases.map { _ in [:] }
        byMailbox = [:]
    }
}
