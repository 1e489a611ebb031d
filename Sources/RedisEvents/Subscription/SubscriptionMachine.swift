/// Decides which commands make the subscriptions that the server has confirmed equal to those that are wanted.
///
/// Pure: events go in, actions come out; it uses no I/O and no clock. Commands are answered in the order in which they
/// were sent: a subscribe or unsubscribe by one push for each name, or by one error for all of them. So the queue of
/// sent commands tells what each reply means. Only a confirmation changes what is confirmed.
package struct SubscriptionMachine: ~Copyable {
    /// Identifies a waiting caller: the number of the call, and the index of the name. The call 0 belongs to the
    /// machine.
    package struct Ticket: Sendable, Hashable {
        package var call: UInt32
        package var index: UInt32

        package static let none = Ticket(call: 0, index: 0)

        package init(call: UInt32, index: UInt32) {
            self.call = call
            self.index = index
        }
    }

    /// One name in a command on the wire.
    package struct Target {
        package var name: RedisBytes
        package var ticket: Ticket

        package init(name: RedisBytes, ticket: Ticket) {
            self.name = name
            self.ticket = ticket
        }

        /// The names of one call, in its order.
        package static func all(_ names: [RedisBytes], of call: UInt32) -> [Target] {
            names.enumerated().map { Target(name: $1, ticket: Ticket(call: call, index: UInt32($0))) }
        }
    }

    package enum Verb: Sendable { case subscribe, unsubscribe }

    /// A command on the wire whose replies have not all come.
    package struct Command {
        package var verb: Verb
        package var kind: RedisSubscriptionKind
        package var targets: [Target]
        /// How many of the targets have their reply.
        var answered = 0
    }

    /// What to do next, in order.
    package enum Action {
        case send(Command)
        /// Send a PING whose reply belongs to the machine.
        case fence
        case resolve(Ticket, RedisSubscriptionKind, RedisBytes, Result<Int?, RedisError>)
        case changed(Verb, PubSub.SubscriptionChange)
        case refused(PubSub.SubscriptionRefusal)
        /// No further message comes for that handler.
        case release(UInt32)
        /// The server cannot take the names now: call `retry` after a pause.
        case retryLater
        /// Call `resubscribeRevoked` after that pause, for names that the server has taken away again and again.
        case resubscribeLater(Duration)
        /// Every name of an earlier link is subscribed again, or refused.
        case allRestored
        /// The names leave this link, because another node of the cluster has their slots.
        case unassign([NameRequest], RedisError)
    }

    /// A request for one name on a link: by a user, or because the name comes from another link.
    package struct NameRequest: Sendable {
        package var name: RedisBytes
        /// The number of its handler; 0 for none.
        package var handler: UInt32 = 0
        package var inlineHandler: InlineHandler?
        /// The caller that waits for the reply to this request.
        package var ticket: Ticket
        /// The callers that wait for the next confirmation because of earlier requests on another link.
        package var waiters: [Ticket] = []
        /// Whether a server had confirmed the name on another link, so that messages may be missed until the server of
        /// this link confirms it.
        package var wasSubscribed = false
        /// When another link brought the last message of the name.
        package var lastMessage: Moment?

        package init(name: RedisBytes, ticket: Ticket = .none) {
            self.name = name
            self.ticket = ticket
        }
    }

    package var tables: [NameTable]
    var onTheWire = Queue<Outstanding>()
    package var isReady = false
    var restoring = 0
    private var revocations = RevocationRule()
    let batchSize: Int
    /// Whether the server is a node of a cluster. Then a command may contain shard channels of one slot only, and names
    /// may have to move to another node.
    let isInCluster: Bool
    private let seed: UInt64
    /// The most bytes of names in one command. A server may limit an unread command to 64 MB, and a huge command delays
    /// those behind it.
    let batchBytes = 64 << 10

    enum Outstanding {
        case command(Command)
        case ping(UInt32)
        /// A PING behind an unsubscribe whose reply may be ambiguous.
        case fence
    }

    package init(batchSize: Int, seed: UInt64, isInCluster: Bool = false) {
        self.batchSize = batchSize
        self.isInCluster = isInCluster
        self.seed = seed
        tables = RedisSubscriptionKind.allCases.map { NameTable(seed: seed ^ UInt64($0.rawValue)) }
    }

    // MARK: The user

    /// Subscribes to names on this link.
    package mutating func subscribe(_ kind: RedisSubscriptionKind, _ requests: [NameRequest]) -> [Action] {
        var targets: [Target] = []
        let isReady = isReady
        for request in requests {
            let index = tables[kind].insert(request.name)
            tables[kind].update(index) { entry in
                entry.isWanted = true
                entry.handler = request.handler
                entry.inlineHandler = request.inlineHandler
                entry.waiters += request.waiters
                if !isReady && request.ticket != .none { entry.waiters.append(request.ticket) }
                if request.wasSubscribed { entry.isSubscribed = true }
            }
            guard isReady else { continue }
            if request.wasSubscribed { beginRestore(kind, request.name) }
            targets.append(Target(name: request.name, ticket: request.ticket))
        }
        return send(.subscribe, kind, targets)
    }

    /// Unsubscribes from names on this link.
    package mutating func unsubscribe(_ kind: RedisSubscriptionKind, _ unwanted: [Target]) -> [Action] {
        var actions: [Action] = []
        var targets: [Target] = []
        for target in unwanted {
            let (name, ticket) = (target.name, target.ticket)
            guard let index = tables[kind].index(of: name.rawSpan) else {
                actions.append(.resolve(ticket, kind, name, .success(nil)))
                continue
            }
            tables[kind].update(index) { $0.isWanted = false }
            if isReady {
                targets.append(target)
            } else {
                // A server whose link is lost has forgotten the name, so no unsubscribe is sent.
                actions += dropUnwanted(kind, index)
                actions.append(.resolve(ticket, kind, name, .success(nil)))
            }
        }
        return actions + send(.unsubscribe, kind, targets)
    }

    package mutating func ping(_ call: UInt32) { onTheWire.append(.ping(call)) }

    // MARK: The server

    /// Handles a confirmation. Returns `nil` when no command on the wire explains it.
    package mutating func confirmed(_ verb: Verb, _ kind: RedisSubscriptionKind, _ name: RawSpan, count: Int)
        -> [Action]?
    {
        guard case .command(let command)? = onTheWire.peekFirst({ copy $0 }), command.verb == verb,
            command.kind == kind,
            command.targets[command.answered].name.equals(name)
        else { return nil }
        let target = command.targets[command.answered]
        advance()
        var actions = [Action.resolve(target.ticket, kind, target.name, .success(count))]
        guard let index = tables[kind].index(of: name) else { return actions }
        let change = PubSub.SubscriptionChange(kind: kind, name: tables[kind].entries[index].name, count: count)
        switch verb {
        case .subscribe:
            let waiters = tables[kind].update(index) { entry -> [Ticket] in
                entry.inFlight -= 1
                entry.isConfirmed = true
                entry.isSubscribed = true
                return exchange(&entry.waiters, with: [])
            }
            actions += waiters.map { .resolve($0, kind, change.name, .success(count)) }
            actions.append(.changed(.subscribe, change))
            actions += endRestore(kind, index)
        case .unsubscribe:
            tables[kind].update(index) { entry in
                entry.inFlight -= 1
                entry.isConfirmed = false
                entry.isSubscribed = false
            }
            actions.append(.changed(.unsubscribe, change))
            actions += removeIfDone(kind, index)
        }
        return actions
    }

    /// Handles that the server has ended a subscription by itself. `RevocationRule` decides when to subscribe again.
    package mutating func revoked(_ kind: RedisSubscriptionKind, _ name: RawSpan, count: Int) -> [Action] {
        guard let index = tables[kind].index(of: name) else { return [] }
        let name = tables[kind].entries[index].name
        tables[kind].update(index) { $0.isConfirmed = false }
        guard tables[kind].entries[index].isWanted else {
            return endUnwanted(kind, index, count: count) + removeIfDone(kind, index)
        }
        beginRestore(kind, name)
        let (isAskedForAtOnce, pause) = revocations.revoked(RedisGap.Name(kind: kind, name: name))
        let asking = isAskedForAtOnce ? send(.subscribe, kind, [Target(name: name, ticket: .none)]) : []
        return asking + (pause.map { [.resubscribeLater($0)] } ?? [])
    }

    /// Called when the pause of `resubscribeLater` is over.
    package mutating func resubscribeRevoked() -> [Action] {
        // Without a link no name is subscribed to, but the pause is over all the same.
        let (names, pause) = revocations.pauseEnded()
        var actions: [Action] = []
        for kind in RedisSubscriptionKind.allCases {
            let targets = names.filter { $0.kind == kind }.compactMap { name -> Target? in
                guard let index = tables[kind].index(of: name.name.rawSpan) else { return nil }
                let entry = tables[kind].entries[index]
                // A command on the wire subscribes to the name already.
                guard entry.isWanted, !entry.isConfirmed, entry.inFlight == 0 else { return nil }
                return Target(name: name.name, ticket: .none)
            }
            actions += send(.subscribe, kind, targets)
        }
        return actions + (pause.map { [.resubscribeLater($0)] } ?? [])
    }

    /// Handles an error reply to the oldest command. Returns `nil` when no command is on the wire.
    package mutating func refused(_ error: RedisError) -> [Action]? {
        // MOVED and the like are the late reply to the unsubscribe before the fence: `confirmed` took the server's own
        // `sunsubscribe` for that reply. Any other error is the reply to the fence's PING.
        if case .fence? = onTheWire.peekFirst({ copy $0 }) {
            return error.isOfOtherNode || error.isOfNothingSubscribed ? [] : answeredFence()
        }
        guard case .command(let command)? = onTheWire.popFirst() else { return nil }
        let targets = Array(command.targets[command.answered...])
        var actions: [Action] = []
        switch command.verb {
        case .unsubscribe:
            for target in targets { actions += unsubscribeRefused(command.kind, target, error) }
        case .subscribe where isInCluster && command.kind == .shardChannel && error.serverPrefix == "MOVED":
            actions += slotMoved(command, targets, error)
        case .subscribe where targets.count > 1 && !error.isTransient && !(isInCluster && error.isOfOtherNode):
            // One refused name refuses the whole command, so each half is sent again to find that name.
            actions += split(command, targets)
        case .subscribe:
            for target in targets { actions += refused(command, target, error) }
        }
        return actions
    }

    /// Handles a reply that is not an error. Returns the PING to which it belongs, or `nil`.
    package mutating func answered() -> UInt32? {
        if case .fence? = onTheWire.peekFirst({ copy $0 }) {
            _ = onTheWire.popFirst()
            return 0
        }
        guard case .ping(let call)? = onTheWire.peekFirst({ copy $0 }) else { return nil }
        _ = onTheWire.popFirst()
        return call
    }

    /// Whether an error would be the reply to a PING and not to a subscription.
    package var nextIsPing: Bool {
        if case .ping? = onTheWire.peekFirst({ copy $0 }) { return true }
        return false
    }

    // MARK: The link

    /// Called when a link is ready. It has no subscriptions, so this subscribes to every wanted name.
    package mutating func linkReady() -> [Action] {
        isReady = true
        return reconcile(isRestore: true)
    }

    /// Called when the pause after `retryLater` is over.
    package mutating func retry() -> [Action] {
        isReady ? reconcile(isRestore: false) : []
    }

    /// Called when the link is lost, and with it everything that the server had confirmed.
    package mutating func linkLost() -> [Action] {
        isReady = false
        restoring = 0
        revocations.linkLost()
        var actions: [Action] = []
        while let outstanding = onTheWire.popFirst() {
            guard case .command(let command) = outstanding else { continue }
            for target in command.targets[command.answered...] { actions += lost(command, target) }
        }
        for kind in RedisSubscriptionKind.allCases {
            for index in tables[kind].entries.indices.reversed() {
                tables[kind].update(index) { entry in
                    entry.isConfirmed = false
                    entry.inFlight = 0
                    entry.isRestoring = false
                }
                if !tables[kind].entries[index].isWanted { actions += dropUnwanted(kind, index) }
            }
        }
        return actions
    }

    /// Called when no further link comes. Fails waiting callers, and forgets names that were never confirmed.
    package mutating func gaveUp(_ error: RedisError) -> [Action] {
        var actions: [Action] = []
        for kind in RedisSubscriptionKind.allCases {
            for index in tables[kind].entries.indices.reversed() {
                let name = tables[kind].entries[index].name
                let waiters = tables[kind].update(index) { exchange(&$0.waiters, with: []) }
                actions += waiters.map { .resolve($0, kind, name, .failure(error)) }
                if !tables[kind].entries[index].isSubscribed { actions += remove(kind, index) }
            }
        }
        return actions
    }

    /// Whether a name that an earlier link had, or that was taken away, is still missing.
    package var isRestoring: Bool { restoring > 0 }

    /// How many names are subscribed: confirmed, without a confirmed end.
    package var subscribedCount: Int { tables.reduce(0) { $0 + $1.subscribedCount } }

    /// Forgets everything that is wanted.
    package mutating func forgetAll() {
        tables = RedisSubscriptionKind.allCases.map { NameTable(seed: seed ^ UInt64($0.rawValue)) }
    }

    /// The PINGs on the wire, which get no reply any more.
    var outstandingPings: [UInt32] {
        onTheWire.elementsInOrder.compactMap { if case .ping(let call) = $0 { call } else { nil } }
    }
}
