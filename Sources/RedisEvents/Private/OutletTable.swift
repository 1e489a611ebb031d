/// The private subscriptions of a `PubSub`, and for the names that they have whether the common stream wants them as well.
/// Names that only the stream has are not in it.
final class OutletTable {
    private struct Name {
        var outlets: [Outlet] = []
        /// A `subscribe` asked for it, too.
        var isInStream: Bool
    }

    private var names = SubscriptionKind.allCases.map { _ in [RedisBytes: Name]() }
    private var byMailbox: [ObjectIdentifier: Outlet] = [:]

    var all: some Collection<Outlet> { byMailbox.values }

    /// The outlet that a mailbox belongs to.
    subscript(mailbox: Mailbox<PubSubControl>) -> Outlet? { byMailbox[ObjectIdentifier(mailbox)] }

    /// Whether the stream has everything to itself.
    var isEmpty: Bool { names.allSatisfy(\.isEmpty) }

    /// Who takes the messages of a name.
    func consumers(_ kind: SubscriptionKind, _ name: RedisBytes) -> (outlets: [Outlet], isInStream: Bool) {
        guard let found = names[Int(kind.rawValue)][name] else { return ([], true) }
        return (found.outlets, found.isInStream)
    }

    /// Whether a private subscription has the name.
    func has(_ kind: SubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.outlets.isEmpty == false
    }

    /// Whether the stream has the name, as far as it is known at all.
    func isInStream(_ kind: SubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.isInStream ?? true
    }

    /// Adds an outlet; `isInStream` tells which names the stream has already.
    func add(_ outlet: Outlet, isInStream: (RedisBytes) -> Bool) {
        byMailbox[ObjectIdentifier(outlet.mailbox)] = outlet
        for name in outlet.names {
            names[Int(outlet.kind.rawValue)][name, default: Name(isInStream: isInStream(name))].outlets.append(outlet)
        }
    }

    /// The stream wants a name, or does not any more.
    func setInStream(_ kind: SubscriptionKind, _ name: RedisBytes, _ isInStream: Bool) {
        names[Int(kind.rawValue)][name]?.isInStream = isInStream
    }

    /// Removes an outlet. Returns the names that nobody wants now; they stay known until `forget`, so that the stream is
    /// not told of what it never had.
    func remove(_ outlet: Outlet) -> [RedisBytes] {
        byMailbox[ObjectIdentifier(outlet.mailbox)] = nil
        var left: [RedisBytes] = []
        for name in outlet.names {
            guard var entry = names[Int(outlet.kind.rawValue)][name] else { continue }
            entry.outlets.removeAll { $0 === outlet }
            names[Int(outlet.kind.rawValue)][name] = entry.outlets.isEmpty && entry.isInStream ? nil : entry
            if entry.outlets.isEmpty && !entry.isInStream { left.append(name) }
        }
        return left
    }

    /// The name is not subscribed any more. It stays known while an outlet has it.
    func forget(_ kind: SubscriptionKind, _ name: RedisBytes) {
        if !has(kind, name) { names[Int(kind.rawValue)][name] = nil }
    }

    /// The server refused the name. Returns the outlets that have none left.
    func refused(_ kind: SubscriptionKind, _ name: RedisBytes) -> [Outlet] {
        let outlets = names[Int(kind.rawValue)].removeValue(forKey: name)?.outlets ?? []
        for outlet in outlets { outlet.names.remove(name) }
        return outlets.filter(\.names.isEmpty)
    }

    /// Forgets what nobody has and the server does not hold.
    func forgetLeft(_ isKnown: (SubscriptionKind, RedisBytes) -> Bool) {
        for kind in SubscriptionKind.allCases {
            names[Int(kind.rawValue)] = names[Int(kind.rawValue)].filter { name, entry in
                !entry.outlets.isEmpty || isKnown(kind, name)
            }
        }
    }

    func removeAll() {
        names = SubscriptionKind.allCases.map { _ in [:] }
        byMailbox = [:]
    }
}
