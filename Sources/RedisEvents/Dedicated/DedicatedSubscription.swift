/// The loop's side of a dedicated subscription: names of one family, and the mailbox that receives their messages.
final class DedicatedSubscription {
    let kind: RedisSubscriptionKind
    let mailbox: Mailbox<PubSubControl>
    private let sink: MailboxSink<PubSubControl>
    /// The names that the server has not refused.
    var names: Set<RedisBytes>
    /// Whether the server has confirmed one of the names, so that there is something to lose.
    var isLive = false
    /// Whether something was put in since the last turn ended.
    private var isChanged = false

    init(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], _ mailbox: Mailbox<PubSubControl>) {
        self.kind = kind
        self.names = Set(names)
        self.mailbox = mailbox
        sink = MailboxSink(mailbox)
    }

    /// Notes that something was put in. Returns whether it is the first event since the last turn ended.
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

/// The dedicated subscriptions of a `PubSub`, and whether the common stream has their names as well. Names that only
/// the stream has are not in this table.
final class DedicatedSubscriptionTable {
    private struct Name {
        var dedicatedSubscriptions: [DedicatedSubscription] = []
        /// Whether a `subscribe` asked for the name as well.
        var isInStream: Bool
    }

    private var names = RedisSubscriptionKind.allCases.map { _ in [RedisBytes: Name]() }
    private var byMailbox: [ObjectIdentifier: DedicatedSubscription] = [:]

    var all: some Collection<DedicatedSubscription> { byMailbox.values }

    /// The subscription that a mailbox belongs to.
    subscript(mailbox: Mailbox<PubSubControl>) -> DedicatedSubscription? { byMailbox[ObjectIdentifier(mailbox)] }

    /// Whether there is no dedicated subscription, so that everything goes to the stream.
    var isEmpty: Bool { names.allSatisfy(\.isEmpty) }

    /// Who receives the messages of a name.
    func consumers(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> (
        dedicatedSubscriptions: [DedicatedSubscription], isInStream: Bool
    ) {
        guard let found = names[Int(kind.rawValue)][name] else { return ([], true) }
        return (found.dedicatedSubscriptions, found.isInStream)
    }

    /// The subscriptions that have some of the names; without names, all of them.
    func having(_ names: [RedisGap.Name]?) -> [DedicatedSubscription] {
        guard let names else { return Array(all) }
        if isEmpty { return [] }
        var found: [ObjectIdentifier: DedicatedSubscription] = [:]
        for name in names {
            for dedicated in consumers(name.kind, name.name).dedicatedSubscriptions {
                found[ObjectIdentifier(dedicated)] = dedicated
            }
        }
        return Array(found.values)
    }

    /// Whether a dedicated subscription has the name.
    func has(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.dedicatedSubscriptions.isEmpty == false
    }

    /// Whether the stream has the name, if the name is in this table.
    func isInStream(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        names[Int(kind.rawValue)][name]?.isInStream ?? true
    }

    /// Adds a subscription. `isInStream` returns which names the stream has already.
    func add(_ dedicated: DedicatedSubscription, isInStream: (RedisBytes) -> Bool) {
        byMailbox[ObjectIdentifier(dedicated.mailbox)] = dedicated
        for name in dedicated.names {
            names[Int(dedicated.kind.rawValue)][name, default: Name(isInStream: isInStream(name))]
                .dedicatedSubscriptions.append(dedicated)
        }
    }

    /// Notes whether the stream has a name.
    func setInStream(_ kind: RedisSubscriptionKind, _ name: RedisBytes, _ isInStream: Bool) {
        names[Int(kind.rawValue)][name]?.isInStream = isInStream
    }

    /// Removes a subscription. Returns the names that nobody wants now. They stay in the table until `forget`, so that
    /// the stream gets no confirmation of names that it never had.
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

    /// Forgets a name that is not subscribed any more, unless a dedicated subscription has it.
    func forget(_ kind: RedisSubscriptionKind, _ name: RedisBytes) {
        if !has(kind, name) { names[Int(kind.rawValue)][name] = nil }
    }

    /// Removes a refused name. Returns the subscriptions that have no name left.
    func refused(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> [DedicatedSubscription] {
        let dedicatedSubscriptions = names[Int(kind.rawValue)].removeValue(forKey: name)?.dedicatedSubscriptions ?? []
        for dedicated in dedicatedSubscriptions { dedicated.names.remove(name) }
        return dedicatedSubscriptions.filter(\.names.isEmpty)
    }

    /// Forgets those of the names that are unknown to a link. The server confirms no unsubscribe of a name that was
    /// neither on the wire nor subscribed.
    func forget(
        _ kind: RedisSubscriptionKind,
        _ names: [RedisBytes],
        unlessKnownTo machine: borrowing SubscriptionMachine
    ) {
        for name in names where machine.entry(kind, name) == nil { forget(kind, name) }
    }

    /// Forgets the names that no dedicated subscription has and that are unknown to the link, because after a lost link
    /// no unsubscribe of theirs is confirmed.
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
