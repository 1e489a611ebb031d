import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// Two subscription machines on the nodes of a cluster, their servers, and slots that move between them at any time:
/// with commands on the wire, with an unsubscribe on the wire, while a link is down. At rest everything is as it was
/// wanted, and every caller has had one answer.
@Suite("The subscription machines of a cluster, simulated", .tags(.unit, .once))
struct ClusterSubscriptionSimulationTests {
    @Test("come to rest with what was wanted, wherever the slots are by then", arguments: [false, true])
    func rest(losesLinks: Bool) {
        for seed in 1...1000 as ClosedRange<UInt64> {
            var cluster = SimulatedCluster(seed: seed, losesLinks: losesLinks)
            cluster.run(steps: 60)
            cluster.settle()
            #expect(cluster.complaints == [], "seed \(seed)")
            if !cluster.complaints.isEmpty { return }
        }
    }
}

private struct SimulatedCluster: ~Copyable {
    typealias Machine = SubscriptionMachine

    enum Sent {
        case command(Machine.Command)
        case fence
    }

    enum Reply {
        case confirmed(Machine.Verb, RedisBytes)
        case error(String)
        case pong
    }

    struct Node: ~Copyable {
        var machine = Machine(batchSize: 3, seed: 7, isInCluster: true)
        var isUp = true
        var commands: [Sent] = []
        var replies: [Reply] = []
        var subscribed: Set<RedisBytes> = []

        init() { _ = machine.linkReady() }
    }

    static let names: [RedisBytes] = ["a", "b", "{c}1", "{c}2", "{c}3"]

    var left = Node()
    var right = Node()
    var random: SeededGenerator
    let losesLinks: Bool
    /// The slots that the right node has.
    var onTheRight: Set<Int> = []
    var unassigned: [Machine.NameRequest] = []
    var lastCall: UInt32 = 0
    var open: Set<Machine.Ticket> = []
    var wanted: Set<RedisBytes> = []
    var complaints: [String] = []
    /// The nodes at which revoked names wait for the end of a pause.
    var resubscribeIsDue: Set<Bool> = []

    init(seed: UInt64, losesLinks: Bool) {
        random = SeededGenerator(seed: seed)
        self.losesLinks = losesLinks
    }

    func owns(_ isRight: Bool, _ name: RedisBytes) -> Bool { onTheRight.contains(HashSlot.slot(of: name)) == isRight }

    mutating func with<Result>(_ isRight: Bool, _ body: (inout Node) -> Result) -> Result {
        isRight ? body(&right) : body(&left)
    }

    // MARK: Steps

    mutating func run(steps: Int) {
        for _ in 0..<steps {
            let isRight = Bool.random(using: &random)
            switch Int.random(in: 0..<(losesLinks ? 12 : 10), using: &random) {
            case 0, 1: subscribe(someNames())
            case 2: unsubscribe(someNames())
            case 3: moveSlot(of: Self.names.randomElement(using: &random) ?? "a")
            case 4, 5, 6: execute(isRight)
            case 7, 8: deliver(isRight)
            case 9:
                assign()
                resubscribeRevoked(isRight)
            case 10: lose(isRight)
            default: recover(isRight)
            }
        }
    }

    mutating func settle() {
        for _ in 0..<400 {
            for isRight in [false, true] {
                recover(isRight)
                assign()
                resubscribeRevoked(isRight)
                execute(isRight)
                deliver(isRight)
            }
        }
        if !open.isEmpty { complaints.append("\(open.count) callers have no answer") }
        if !unassigned.isEmpty { complaints.append("unassigned: \(unassigned.map(\.name))") }
        for isRight in [false, true] {
            let due = Set(wanted.filter { owns(isRight, $0) })
            let (has, entries, rest) = with(isRight) { node in
                (
                    node.subscribed,
                    node.machine.tables[.shardChannel].entries.map {
                        "\($0.name) \($0.isWanted) \($0.isConfirmed) \($0.isSubscribed) \($0.inFlight)"
                    },
                    node.machine.awaitsNothing && !node.machine.isRestoring
                )
            }
            if has != due { complaints.append("\(isRight): wanted \(due), server \(has)") }
            if Set(entries) != Set(due.map { "\($0) true true true 0" }) { complaints.append("\(isRight): \(entries)") }
            if !rest { complaints.append("\(isRight): not at rest") }
        }
    }

    mutating func someNames() -> [RedisBytes] {
        Array(Self.names.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random)))
    }

    // MARK: The user, and what assigns names

    mutating func tickets(_ count: Int) -> [Machine.Ticket] {
        lastCall += 1
        return (0..<count).map { index in
            let ticket = Machine.Ticket(call: lastCall, index: UInt32(index))
            open.insert(ticket)
            return ticket
        }
    }

    func assignedNode(of name: RedisBytes) -> Bool? {
        if left.machine.entry(.shardChannel, name) != nil { return false }
        return right.machine.entry(.shardChannel, name) != nil ? true : nil
    }

    mutating func subscribe(_ names: [RedisBytes]) {
        for (name, ticket) in zip(names, tickets(names.count)) {
            wanted.insert(name)
            if let isRight = assignedNode(of: name) {
                let request = Machine.NameRequest(name: name, ticket: ticket)
                run(with(isRight) { $0.machine.subscribe(.shardChannel, [request]) }, isRight)
                continue
            }
            if !unassigned.contains(where: { $0.name == name }) {
                unassigned.append(Machine.NameRequest(name: name))
            }
            for index in unassigned.indices where unassigned[index].name == name {
                unassigned[index].waiters.append(ticket)
            }
        }
    }

    mutating func unsubscribe(_ names: [RedisBytes]) {
        var held: [Bool: [Machine.Target]] = [:]
        for (name, ticket) in zip(names, tickets(names.count)) {
            wanted.remove(name)
            if let isRight = assignedNode(of: name) {
                held[isRight, default: []].append(Machine.Target(name: name, ticket: ticket))
            } else {
                if let index = unassigned.firstIndex(where: { $0.name == name }) {
                    for waiter in unassigned.remove(at: index).waiters { answered(waiter) }
                }
                answered(ticket)
            }
        }
        for (isRight, targets) in held {
            run(with(isRight) { $0.machine.unsubscribe(.shardChannel, targets) }, isRight)
        }
    }

    mutating func assign() {
        for request in exchange(&unassigned, with: []) {
            let isRight = onTheRight.contains(HashSlot.slot(of: request.name))
            run(with(isRight) { $0.machine.subscribe(.shardChannel, [request]) }, isRight)
        }
    }

    mutating func answered(_ ticket: Machine.Ticket) {
        if ticket.call != 0 && open.remove(ticket) == nil { complaints.append("#\(ticket.call) answered twice") }
    }

    // MARK: The servers

    mutating func moveSlot(of name: RedisBytes) {
        let slot = HashSlot.slot(of: name)
        let wasRight = onTheRight.contains(slot)
        if wasRight { onTheRight.remove(slot) } else { onTheRight.insert(slot) }
        let revoked = with(wasRight) { node in node.subscribed.filter { HashSlot.slot(of: $0) == slot } }
        let order = revoked.sorted { $0.description < $1.description }.shuffled(using: &random)
        with(wasRight) { node in
            for name in order {
                node.subscribed.remove(name)
                node.replies.append(.confirmed(.unsubscribe, name))
            }
        }
    }

    mutating func execute(_ isRight: Bool) {
        guard let sent = with(isRight, { $0.commands.isEmpty ? nil : $0.commands.removeFirst() }) else { return }
        guard case .command(let command) = sent else { return with(isRight) { $0.replies.append(.pong) } }
        let names = command.targets.map(\.name)
        let slots = Set(names.map { HashSlot.slot(of: $0) })
        guard slots.count == 1 else {
            complaints.append("a command with \(slots.count) slots")
            return with(isRight) { $0.replies.append(.error("CROSSSLOT")) }
        }
        guard owns(isRight, names[0]) else { return with(isRight) { $0.replies.append(.error("MOVED 1 h:1")) } }
        with(isRight) { node in
            for name in names {
                if command.verb == .subscribe { node.subscribed.insert(name) } else { node.subscribed.remove(name) }
                node.replies.append(.confirmed(command.verb, name))
            }
        }
    }

    mutating func deliver(_ isRight: Bool) {
        guard let reply = with(isRight, { $0.replies.isEmpty ? nil : $0.replies.removeFirst() }) else { return }
        switch reply {
        case .pong:
            if with(isRight, { $0.machine.answered() }) == nil { complaints.append("a PONG for nothing") }
        case .error(let line):
            let error = RedisError.server(line, at: .unix(path: "x"), .subscribe)
            if let actions = with(isRight, { $0.machine.refused(error) }) {
                run(actions, isRight)
            } else {
                complaints.append("an error that answers nothing")
            }
        case .confirmed(let verb, let name):
            let actions = with(isRight) { $0.machine.confirmed(verb, .shardChannel, name.rawSpan, count: 1) }
            if let actions { return run(actions, isRight) }
            if verb == .subscribe { complaints.append("unexpected confirmation of \(name)") }
            run(with(isRight) { $0.machine.revoked(.shardChannel, name.rawSpan, count: 1) }, isRight)
        }
    }

    mutating func resubscribeRevoked(_ isRight: Bool) {
        guard resubscribeIsDue.remove(isRight) != nil else { return }
        run(with(isRight) { $0.machine.resubscribeRevoked() }, isRight)
    }

    mutating func lose(_ isRight: Bool) {
        guard with(isRight, { $0.isUp }) else { return }
        let actions = with(isRight) { node in
            (node.commands, node.replies, node.subscribed, node.isUp) = ([], [], [], false)
            return node.machine.linkLost()
        }
        run(actions, isRight)
        let elsewhere = onTheRight
        unassigned += with(isRight) { node in
            node.machine.unassignWhileDown { elsewhere.contains(HashSlot.slot(of: $0)) != isRight }
        }
    }

    mutating func recover(_ isRight: Bool) {
        guard !with(isRight, { $0.isUp }) else { return }
        let elsewhere = onTheRight
        unassigned += with(isRight) { node in
            node.machine.unassignWhileDown { elsewhere.contains(HashSlot.slot(of: $0)) != isRight }
        }
        run(
            with(isRight) { node in
                node.isUp = true
                return node.machine.linkReady()
            },
            isRight
        )
    }

    mutating func run(_ actions: [Machine.Action], _ isRight: Bool) {
        for action in actions {
            switch action {
            case .send(let command): with(isRight) { $0.commands.append(.command(command)) }
            case .fence: with(isRight) { $0.commands.append(.fence) }
            case .resolve(let ticket, _, _, let outcome):
                answered(ticket)
                if case .failure(let error) = outcome, error.code != .cancelled { complaints.append("\(error)") }
            case .unassign(let names, _): unassigned += names
            case .refused(let refusal): complaints.append("\(refusal.name) refused")
            case .retryLater: complaints.append("nothing here passes by itself")
            case .resubscribeLater: resubscribeIsDue.insert(isRight)
            case .changed, .release, .allRestored: break
            }
        }
    }
}
