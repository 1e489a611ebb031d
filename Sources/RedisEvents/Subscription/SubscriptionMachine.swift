/// What is wanted, what the server has confirmed, and which commands move the second towards the first.
///
/// Pure: events in, actions out, no I/O, no time. Commands are answered in the order in which they were sent: a
/// subscribe or unsubscribe by one push for each name or by one error for all of them, so that a queue of what was sent
/// tells what every answer means. Only a confirmation changes what is confirmed.
package struct SubscriptionMachine: ~Copyable {
    /// A caller's place: which call, which of its names. Call 0 is the machine's own.
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

    /// A command on the wire that is not fully answered.
    package struct Command {
        package var verb: Verb
        package var kind: RedisSubscriptionKind
        package var targets: [Target]
        /// How many of the targets are confirmed.
        var answered = 0
    }

    /// What to do next, in order.
    package enum Action {
        case send(Command)
        /// A PING whose answer is the machine's own.
        case fence
        case resolve(Ticket, RedisSubscriptionKind, RedisBytes, Result<Int?, RedisError>)
        case changed(Verb, PubSub.SubscriptionChange)
        case refused(PubSub.SubscriptionRefusal)
        /// No message will come for that handler any more.
        case release(UInt32)
        /// The server takes the names later: ask again after a pause.
        case retryLater
        /// Call `resubscribeRevoked` after that pause: names wait for it that the server has taken away again and
        /// again.
        case resubscribeLater(Duration)
        /// Everything that an earlier link had is subscribed again, or refused.
        case allRestored
        /// The names have left this link, because the server does not have their slots: another node of the cluster
        /// has.
        case unassign([NameRequest], RedisError)
    }

    /// What is asked of a link for one name: by a user, or because the link gets the name from another link.
    package struct NameRequest: Sendable {
        package var name: RedisBytes
        /// The number of its handler; 0 for none.
        package var handler: UInt32 = 0
        var inlineHandler: InlineHandler?
        /// Who waits for the answer to this request.
        package var ticket: Ticket
        /// Who waits for the next confirmation, because of earlier requests on another link.
        package var waiters: [Ticket] = []
        /// Whether a server had confirmed it on another link, so that messages may be missed until one does on this
        /// link.
        package var wasSubscribed = false
        /// When another link brought the last message of it.
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
    /// Whether the server is a node of a cluster: then a command takes shard channels of one slot only, and names may
    /// have to go to another node.
    let isInCluster: Bool
    private let seed: UInt64
    /// A command's names stay below this together: a server may limit an unread command to 64 MB, and a huge one holds
    /// up what is behind it.
    let batchBytes = 64 << 10

    enum Outstanding {
        case command(Command)
        case ping(UInt32)
        /// A PING behind an unsubscribe whose answer may be ambiguous.
        case fence
    }

    package init(batchSize: Int, seed: UInt64, isInCluster: Bool = false) {
        self.batchSize = batchSize
        self.isInCluster = isInCluster
        self.seed = seed
        tables = RedisSubscriptionKind.allCases.map { NameTable(seed: seed ^ UInt64($0.rawValue)) }
    }

    // MARK: The user

    /// Names are wanted on this link.
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

    /// Names are not wanted on this link any more.
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
                // A server that is gone has forgotten the name; it is not asked for again.
                actions += dropUnwanted(kind, index)
                actions.append(.resolve(ticket, kind, name, .success(nil)))
            }
        }
        return actions + send(.unsubscribe, kind, targets)
    }

    package mutating func ping(_ call: UInt32) { onTheWire.append(.ping(call)) }

    // MARK: The server

    /// A confirmation. Returns `nil` when no command on the wire explains it.
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

    /// The server has dropped a subscription by itself. It is asked for again, as `RevocationRule` says.
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

    /// The pause of `resubscribeLater` is over.
    package mutating func resubscribeRevoked() -> [Action] {
        // Without a link there are no names, but the pause is over all the same.
        let (names, pause) = revocations.pauseEnded()
        var actions: [Action] = []
        for kind in RedisSubscriptionKind.allCases {
            let targets = names.filter { $0.kind == kind }.compactMap { name -> Target? in
                guard let index = tables[kind].index(of: name.name.rawSpan) else { return nil }
                let entry = tables[kind].entries[index]
                // What is on the wire for it asks for it already.
                guard entry.isWanted, !entry.isConfirmed, entry.inFlight == 0 else { return nil }
                return Target(name: name.name, ticket: .none)
            }
            actions += send(.subscribe, kind, targets)
        }
        return actions + (pause.map { [.resubscribeLater($0)] } ?? [])
    }

    /// An error that answers the oldest command. Returns `nil` when none is on the wire.
    package mutating func refused(_ error: RedisError) -> [Action]? {
        // The answer to an unsubscribe that the server's own word had answered before (`revoked`).
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
            actions += moved(command, targets, error)
        case .subscribe where targets.count > 1 && !error.isTransient && !(isInCluster && error.isOfOtherNode):
            // One refused name refuses the whole command: halves find out which.
            actions += split(command, targets)
        case .subscribe:
            for target in targets { actions += refused(command, target, error) }
        }
        return actions
    }

    /// A reply that is no error. Returns the PING that it answers, or `nil`.
    package mutating func answered() -> UInt32? {
        if case .fence? = onTheWire.peekFirst({ copy $0 }) {
            _ = onTheWire.popFirst()
            return 0
        }
        guard case .ping(let call)? = onTheWire.peekFirst({ copy $0 }) else { return nil }
        _ = onTheWire.popFirst()
        return call
    }

    /// Whether an error answers a PING and not a subscription.
    var nextIsPing: Bool {
        if case .ping? = onTheWire.peekFirst({ copy $0 }) { return true }
        return false
    }

    // MARK: The link

    /// A link is ready and knows nothing: everything wanted is asked for.
    package mutating func linkReady() -> [Action] {
        isReady = true
        return askForUnconfirmed(isRestore: true)
    }

    /// The pause after `retryLater` is over.
    package mutating func retry() -> [Action] {
        isReady ? askForUnconfirmed(isRestore: false) : []
    }

    /// The link is gone, and with it what the server had confirmed.
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

    /// No link will come. Callers that wait are told; names that were never confirmed are forgotten.
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

    /// Whether a name that an earlier link had, or that was revoked, is still missing.
    package var isRestoring: Bool { restoring > 0 }

    /// How many names are subscribed: confirmed, and not confirmed away.
    package var subscribedCount: Int { tables.reduce(0) { $0 + $1.subscribedCount } }

    /// Nothing is wanted any more.
    mutating func forgetAll() {
        tables = RedisSubscriptionKind.allCases.map { NameTable(seed: seed ^ UInt64($0.rawValue)) }
    }

    /// The PINGs on the wire, which no link will answer any more.
    var outstandingPings: [UInt32] {
        onTheWire.elementsInOrder.compactMap { if case .ping(let call) = $0 { call } else { nil } }
    }
}
