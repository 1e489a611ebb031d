/// The loop's side of a dedicated subscription: names of one family, and the mailbox that their messages go to.
final class DedicatedSubscription {
    let kind: RedisSubscriptionKind
    let mailbox: Mailbox<PubSubControl>
    private let sink: MailboxSink<PubSubControl>
    /// The names that the server has not refused.
    var names: Set<RedisBytes>
    /// The server has confirmed one of the names, so that there is something to lose.
    var isLive = false
    /// Something was put in since the last turn ended.
    private var isChanged = false

    init(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], _ mailbox: Mailbox<PubSubControl>) {
        self.kind = kind
        self.names = Set(names)
        self.mailbox = mailbox
        sink = MailboxSink(mailbox)
    }

    /// Something is put in. Returns whether it is the first since the last turn ended.
    func markChanged() -> Bool {
        defer { isChanged = true }
        return !isChanged
    }

    func message(_ view: borrowing PubSub.MessageView) { sink.message(view, handler: 0) }

    func event(_ event: PubSub.Event) { sink.event(event) }

    func turnEnded(at now: ContinuousClock.Instant?) {
        isChanged = false
        if let now { sink.readBegan(at: now) }
        sink.turnEnded(isDrained: true)
    }

    func ended(_ error: RedisError?) { sink.ended(error) }
}

/// The dedicated subscriptions of a `PubSub`, and for the names that they have whether the common stream wants them as well.
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

    /// The subscription that a mailbox belongs to.
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

    /// Whether a dedicated subscription has the name.
    func has(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.dedicatedSubscriptions.isEmpty == false
    }

    /// Whether the stream has the name, as far as it is known at all.
    func isInStream(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.isInStream ?? true
    }

    /// Adds a subscription; `isInStream` tells which names the stream has already.
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

    /// Removes a subscription. Returns the names that nobody wants now; they stay known until `forget`, so that the stream is
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

    /// The name is not subscribed any more. It stays known while a dedicated subscription has it.
    func forget(_ kind: RedisSubscriptionKind, _ name: RedisBytes) {
        if !has(kind, name) { names[Int(kind.rawValue)][name] = nil }
    }

    /// The server refused the name. Returns the subscriptions that have none left.
    func refused(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> [DedicatedSubscription] {
        let dedicatedSubscriptions = names[Int(kind.rawValue)].removeValue(forKey: name)?.dedicatedSubscriptions ?? []
        for dedicated in dedicatedSubscriptions { dedicated.names.remove(name) }
        return dedicatedSubscriptions.filter(\.names.isEmpty)
    }

    /// Forgets those of the names that a link knows nothing of: what was neither on the wire nor at the server is not confirmed
    /// away.
    func forget(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        unlessKnownTo machine: borrowing SubscriptionMachine
    ) {
        for name in names where machine.entry(kind, name) == nil { forget(kind, name) }
    }

    /// Forgets what no dedicated subscription has and the link knows nothing of: after a lost link nothing is confirmed away.
    func forgetUnwanted(unlessKnownTo machine: borrowing SubscriptionMachine) {
        for kind in RedisSubscriptionKind.allCases {
            for (name, entry) in names[Int(kind.rawValue)] where entry.dedicatedSubscriptions.isEmpty {
                if machine.entry(kind, name) == nil { names[Int(kind.rawValue)][name] = nil }
            }
        }
    }

    func removeAll() {
        names = RedisSubscriptionKind.allCases.map { _ in [:] }
        byMailbox = [:]
    }
}
