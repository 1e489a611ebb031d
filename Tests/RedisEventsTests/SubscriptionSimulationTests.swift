import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

/// A random user, a random network and a server that keeps Redis' rules against the subscription machine: commands are
/// answered in order, a subscribe is all or nothing, a lost link forgets everything. In the end what is wanted, what is
/// confirmed and what the server has must be one, and every caller must have been answered exactly once.
@Suite("The subscription machine, simulated", .tags(.unit, .once), .timeLimit(.minutes(2)))
struct SubscriptionSimulationTests {
    @Test(arguments: [Weather(), Weather(isBusy: true), Weather(revokes: true)])
    func `comes to rest with what was wanted`(weather: Weather) {
        // Short lives first: what fails there is easy to read.
        for seed in stride(from: UInt64(0), to: 5000, by: isSoak ? 1 : 3) {
            func play(telling: Bool) -> Simulation {
                let simulation = Simulation(seed: seed, weather, telling: telling)
                simulation.live(steps: [8, 16, 30, 60, 120][Int(seed) / 1000])
                simulation.comeToRest()
                return simulation
            }
            guard let complaint = play(telling: false).complaints.first else { continue }
            let history = play(telling: true).history.joined(separator: "\n")
            Issue.record("seed \(seed), \(weather): \(complaint)\n\(history)")
            return
        }
    }
}

struct Weather: Sendable {
    /// The server may answer any command with an error that passes.
    var isBusy = false
    /// The server may drop shard channels by itself.
    var revokes = false
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

private final class Simulation {
    typealias Machine = SubscriptionMachine
    enum Reply {
        case confirmed(Machine.Verb, RedisSubscriptionKind, RedisBytes)
        case refused(String)
        case pong
    }
    var random: SplitMix
    let weather: Weather
    var machine: Machine
    // The server and the two directions of the link.
    /// `nil` is a PING of the machine's own.
    var commands: [Machine.Command?] = []
    var replies: [Reply] = []
    var server: [RedisSubscriptionKind: Set<RedisBytes>] = [:]
    var forbidden: Set<RedisBytes> = []
    var isBusy = false
    // The callers.
    var lastCall: UInt32 = 0
    var open: Set<Machine.Ticket> = []
    var last: [RedisSubscriptionKind: [RedisBytes: (verb: Machine.Verb, ticket: Machine.Ticket)]] = [:]
    var succeeded: Set<Machine.Ticket> = []
    var retryIsDue = false
    var resubscribeIsDue = false
    var complaints: [String] = []
    var history: [String] = []

    let isTelling: Bool

    init(seed: UInt64, _ weather: Weather, telling: Bool) {
        isTelling = telling
        random = SplitMix(state: seed)
        self.weather = weather
        machine = Machine(batchSize: 3, seed: seed)
    }

    func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }
    func names() -> [RedisBytes] {
        (0..<Int.random(in: 1...4, using: &random)).map { _ in
            ["a", "b", "c", "d", "e"].randomElement(using: &random) ?? "a"
        }
    }

    func live(steps: Int) {
        for _ in 0..<steps where complaints.isEmpty {
            let kind: RedisSubscriptionKind = chance(50) ? .shardChannel : .pattern
            switch Int.random(in: 0..<100, using: &random) {
            case 0..<18: subscribe(kind, names())
            case 18..<32: unsubscribe(kind, names())
            case 32..<36: if machine.isReady { loseLink() } else { log("up"); run(machine.linkReady()) }
            case 36..<40: if !machine.isReady { log("up"); run(machine.linkReady()) }
            case 40..<44:
                forbidden.formSymmetricDifference([names()[0]]);
                log("forbidden \(forbidden.sorted { $0.description < $1.description })")
            case 44..<47: isBusy = weather.isBusy && !isBusy
            case 47..<50: if weather.revokes { revoke() }
            case 50..<54: if retryIsDue { retryIsDue = false; log("retry"); run(machine.retry()) }
            case 54..<57: if resubscribeIsDue { resubscribeRevoked() }
            case 57..<77: execute()
            default: deliver()
            }
        }
    }

    func resubscribeRevoked() {
        log("resubscribe revoked")
        resubscribeIsDue = false
        run(machine.resubscribeRevoked())
    }

    func comeToRest() {
        isBusy = false
        log("rest")
        if !machine.isReady { run(machine.linkReady()) }
        for _ in 0..<1000 where complaints.isEmpty {
            while !commands.isEmpty || !replies.isEmpty { execute(); deliver() }
            guard retryIsDue || resubscribeIsDue else { break }
            if exchange(&retryIsDue, with: false) { run(machine.retry()) }
            if resubscribeIsDue { resubscribeRevoked() }
        }
        guard complaints.isEmpty else { return }
        if !open.isEmpty { complaints.append("never answered: \(open)") }
        for kind in RedisSubscriptionKind.allCases {
            let entries = machine.tables[Int(kind.rawValue)].entries
            let has = server[kind, default: []]
            let wanted = Set(entries.filter(\.isWanted).map(\.name))
            if wanted != has || Set(entries.filter(\.isConfirmed).map(\.name)) != has || Set(entries.map(\.name)) != has
            {
                complaints.append(
                    "\(kind): entries \(entries.map { "\($0.name) \($0.isWanted) \($0.isConfirmed)" }), server \(has)"
                )
            }
            for (name, (verb, ticket)) in last[kind, default: [:]] {
                if verb == .unsubscribe && has.contains(name) { complaints.append("\(name) was unsubscribed last") }
                if verb == .subscribe && succeeded.contains(ticket) && !has.contains(name)
                    && !lostRight[kind, default: []].contains(name)
                {
                    complaints.append("\(name) was subscribed last, and confirmed")
                }
            }
        }
    }
    /// Names that were refused at any time: what became of them depends on when.
    var lostRight: [RedisSubscriptionKind: Set<RedisBytes>] = [:]

    func subscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        lastCall += 1
        note(.subscribe, kind, names)
        let targets = Machine.Target.all(names, of: lastCall)
        run(machine.subscribe(kind, targets.map { Machine.NameRequest(name: $0.name, ticket: $0.ticket) }))
    }
    func unsubscribe(_ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        lastCall += 1
        note(.unsubscribe, kind, names)
        run(machine.unsubscribe(kind, Machine.Target.all(names, of: lastCall)))
    }
    func note(_ verb: Machine.Verb, _ kind: RedisSubscriptionKind, _ names: [RedisBytes]) {
        log("\(verb) \(kind) \(names) #\(lastCall)")
        for (index, name) in names.enumerated() {
            let ticket = Machine.Ticket(call: lastCall, index: UInt32(index))
            open.insert(ticket)
            last[kind, default: [:]][name] = (verb, ticket)
            if verb == .subscribe { lostRight[kind, default: []].remove(name) }
        }
    }
    func loseLink() {
        log("lost")
        (commands, replies, server) = ([], [], [:])
        run(machine.linkLost())
    }
    func revoke() {
        guard let name = server[.shardChannel, default: []].randomElement(using: &random) else { return }
        log("revoke \(name)")
        server[.shardChannel, default: []].remove(name)
        replies.append(.confirmed(.unsubscribe, .shardChannel, name))
    }
    func execute() {
        guard !commands.isEmpty else { return }
        guard let command = commands.removeFirst() else { return replies.append(isBusy ? .refused("BUSY") : .pong) }
        let names = command.targets.map(\.name)
        if isBusy { return replies.append(.refused("BUSY")) }
        // The slot has moved: what the server has let go of by itself it does not confirm once more.
        if weather.revokes, command.kind == .shardChannel, command.verb == .unsubscribe,
            server[.shardChannel, default: []].isDisjoint(with: names)
        {
            return replies.append(.refused(chance(50) ? "MOVED 1 h:1" : "NOSUB"))
        }
        if command.verb == .subscribe, !forbidden.isDisjoint(with: names) { return replies.append(.refused("NOPERM")) }
        for name in names {
            if command.verb == .subscribe {
                server[command.kind, default: []].insert(name)
            } else {
                server[command.kind, default: []].remove(name)
            }
            replies.append(.confirmed(command.verb, command.kind, name))
        }
    }
    func deliver() {
        guard !replies.isEmpty else { return }
        switch replies.removeFirst() {
        case .refused(let line):
            log("-\(line)")
            if let actions = machine.refused(RedisError.server(line, at: .unix(path: "x"), .subscribe)) {
                run(actions)
            } else {
                complaints.append("an error that answers nothing")
            }
        case .pong:
            log("PONG")
            if machine.answered() == nil { complaints.append("a PONG for nothing") }
        case .confirmed(let verb, let kind, let name):
            log("confirmed \(verb) \(kind) \(name)")
            if let actions = machine.confirmed(verb, kind, name.rawSpan, count: 1) { return run(actions) }
            if verb == .subscribe { complaints.append("unexpected confirmation of \(name)") }
            run(machine.revoked(kind, name.rawSpan, count: 1))
        }
    }
    func run(_ actions: [Machine.Action]) {
        for action in actions {
            switch action {
            case .send(let command):
                log("  send \(command.verb) \(command.kind) \(command.targets.map(\.name))")
                commands.append(command)
            case .resolve(let ticket, _, let name, let outcome):
                guard ticket.call != 0 else { continue }
                if open.remove(ticket) == nil { complaints.append("\(name) #\(ticket.call) answered twice") }
                if case .success = outcome { succeeded.insert(ticket) }
            case .retryLater: retryIsDue = true
            case .resubscribeLater: resubscribeIsDue = true
            case .refused(let refusal): lostRight[refusal.kind, default: []].insert(refusal.name)
            case .allRestored:
                for table in machine.tables {
                    for entry in table.entries where entry.isWanted && entry.isSubscribed && !entry.isConfirmed {
                        complaints.append("all restored, but \(entry.name) is not")
                    }
                }
            case .fence: commands.append(nil)
            case .changed, .release, .unassign: break
            }
        }
    }
    func log(_ line: @autoclosure () -> String) { if isTelling { history.append(line()) } }
}
