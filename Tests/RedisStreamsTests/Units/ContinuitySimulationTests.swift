import RedisRESP
import RedisStreams
import RedisTesting
import TestSupport
import Testing

/// A stream that is published to, trimmed, rewound and deleted at random, and a reader whose pushed messages come, are
/// lost, or come late, and whose questions are answered at some later time. Each message's payload is its number among
/// all that were published, so that everything can be accounted for.
@Suite("The continuity of a durable channel, at random", .tags(.unit))
struct ContinuitySimulationTests {
    @Test("delivers each message once and in order, or tells how many are missing", arguments: 0..<400)
    func trimmed(_ seed: UInt64) throws {
        var world = World(seed: seed)
        for _ in 0..<600 { world.step(trims: true, rewinds: false) }
        world.finish()
        let account = world.account()
        #expect(account.unknownGaps == 0)
        #expect(account.rewinds == 0)
        #expect(account.delivered == account.delivered.sorted(), "in order")
        #expect(Set(account.delivered).count == account.delivered.count, "once")
        #expect(account.delivered.count + account.missed == world.published, "all")
        // What is in the stream now was delivered.
        #expect(Set(world.stream.map(\.message)).isSubset(of: account.delivered))
    }

    @Test("tells what a server has lost, and delivers what it has", arguments: 0..<400)
    func rewound(_ seed: UInt64) throws {
        var world = World(seed: seed)
        for _ in 0..<600 { world.step(trims: false, rewinds: true) }
        world.finish()
        let account = world.account()
        #expect(Set(account.delivered).count == account.delivered.count, "once")
        // A message that was pushed, and was lost before it could be delivered, is told as a gap.
        #expect(account.missed == 0)
        let left = world.stream.map(\.message)
        #expect(account.delivered.filter(Set(left).contains) == left, "what is in the stream, in its order")
        #expect(account.unknownRewinds == 0)
        #expect(account.lost == Set(account.delivered).intersection(world.lost).count, "what was lost")
    }

    @Test("delivers what a server has, each once, whatever happens", arguments: 0..<400)
    func trimmedAndRewound(_ seed: UInt64) throws {
        var world = World(seed: seed)
        for _ in 0..<600 { world.step(trims: true, rewinds: true) }
        world.finish()
        let account = world.account()
        #expect(Set(account.delivered).count == account.delivered.count, "once")
        let left = world.stream.map(\.message)
        let isAllThere = account.delivered.filter(Set(left).contains) == left
        // Where a loss and a trim came together, the reader may not know what it has missed, and says so.
        #expect(isAllThere || account.unknownRewinds > 0)
    }
}

private struct Account {
    var delivered: [Int] = []
    var missed = 0
    var unknownGaps = 0
    var rewinds = 0
    var unknownRewinds = 0
    /// How many delivered messages the server has lost, as was told.
    var lost = 0
}

private struct World {
    struct Entry {
        let id: RedisStreamID
        let number: Int
        let message: Int
    }

    private var random: SeededGenerator
    private(set) var stream: [Entry] = []
    private var lastID = RedisStreamID.zero
    private var clock: UInt64 = 1000
    private(set) var published = 0
    /// Messages that the server had and has lost by a rewind.
    private(set) var lost: Set<Int> = []
    /// Pushed messages on their way, in order.
    private var onTheWay: [(header: DurableHeader, message: Int)] = []
    private var machine = ContinuityMachine(from: .beginning)
    /// The answer that is on its way.
    private var answer: ContinuityMachine.Answer?
    private var outputs: [ContinuityMachine.Output] = []
    private var live: [(at: Int, message: Int)] = []

    init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        machine.subscribed()
    }

    mutating func step(trims: Bool, rewinds: Bool) {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<35: publish()
        case 35..<65: receive()
        case 65..<70: loseLink()
        case 70..<85: ask()
        case 85..<95: deliverAnswer()
        case 95..<97: if trims { stream.removeFirst(Int.random(in: 0...max(stream.count - 1, 0), using: &random)) }
        case 97: if Bool.random(using: &random) { machine.becameFull() } else { machine.becameFree() }
        case 98: if rewinds { rewind() }
        default:
            machine.failed()
            answer = nil
        }
    }

    /// Everything arrives, and all questions are answered.
    mutating func finish() {
        machine.becameFree()
        loseLink()
        for _ in 0..<100 {
            while !onTheWay.isEmpty { receive() }
            ask()
            if answer == nil { return }
            deliverAnswer()
        }
        Issue.record("it asks for ever")
    }

    func account() -> Account {
        var account = Account()
        var pushed = live[...]
        for (index, output) in outputs.enumerated() {
            while let next = pushed.first, next.at <= index {
                account.delivered.append(next.message)
                pushed.removeFirst()
            }
            switch output {
            case .message(_, let payload), .replayed(_, let payload):
                account.delivered.append(payload.text.flatMap { Int($0) } ?? -1)
            case .gap(let missed?, _, _): account.missed += missed
            case .gap(nil, _, _): account.unknownGaps += 1
            case .rewound(_, let lost):
                account.rewinds += 1
                account.lost += lost ?? 0
                if lost == nil { account.unknownRewinds += 1 }
            case .foreign: Issue.record("nothing is foreign")
            }
        }
        account.delivered += pushed.map(\.message)
        return account
    }

    private mutating func publish() {
        clock += UInt64.random(in: 1...20, using: &random)
        let previous = stream.last?.id ?? .zero
        // No two histories have the same id.
        let sequence = UInt64.random(in: 0...UInt64.max, using: &random)
        lastID = RedisStreamID(milliseconds: max(clock, lastID.milliseconds + 1), sequence: sequence)
        let entry = Entry(id: lastID, number: (stream.last?.number ?? 0) + 1, message: published)
        stream.append(entry)
        onTheWay.append((DurableHeader(id: entry.id, previous: previous, number: entry.number), entry.message))
        published += 1
    }

    private mutating func receive() {
        guard !onTheWay.isEmpty else { return }
        let (header, message) = onTheWay.removeFirst()
        guard machine.pushed(header, RedisBytes("\(message)")) == .deliver else { return }
        live.append((outputs.count, message))
    }

    /// What is on its way is lost, and the names are subscribed again.
    private mutating func loseLink() {
        onTheWay = []
        machine.missed()
        machine.subscribed()
    }

    private mutating func ask() {
        guard answer == nil, let question = machine.nextQuestion() else { return }
        let entries = stream.map { DurableEntry(id: $0.id, number: $0.number, payload: RedisBytes("\($0.message)")) }
        switch question {
        case .last: answer = .entries(entries.suffix(1))
        case .from(let id, let count): answer = .entries(Array(entries.filter { $0.id >= id }.prefix(count)))
        case .back(let id, let count): answer = .entries(entries.filter { $0.id <= id }.suffix(count).reversed())
        case .information: answer = stream.isEmpty && lastID == .zero ? .missing : .information(lastID: lastID)
        }
    }

    private mutating func deliverAnswer() {
        guard let answer = answer.take() else { return }
        machine.answered(answer, into: &outputs)
    }

    /// A replica takes over that has not got the last messages. The link is lost with the old server, and so is the
    /// answer that was on its way.
    private mutating func rewind() {
        let count = Int.random(in: 0...min(5, max(stream.count - 1, 0)), using: &random)
        lost.formUnion(stream.suffix(count).map(\.message))
        stream.removeLast(count)
        lastID = stream.last?.id ?? .zero
        // Its clock may be behind.
        if Bool.random(using: &random) { clock = max(clock - UInt64.random(in: 0...10, using: &random), 1) }
        machine.failed()
        answer = nil
        loseLink()
    }
}
