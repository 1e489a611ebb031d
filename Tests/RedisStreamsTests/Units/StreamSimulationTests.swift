import RedisRESP
import RedisStreams
import RedisTesting
import TestSupport
import Testing

/// A stream that is appended to, trimmed, deleted from and rewound at random, and a reader whose questions are answered
/// at some later time.
@Suite("The reading of a stream, at random", .tags(.unit))
struct StreamSimulationTests {
    @Test("brings each entry once and in order, or tells how many are missing", arguments: 0..<400)
    func trimmed(_ seed: UInt64) {
        var world = StreamWorld(seed: seed)
        for _ in 0..<600 { world.step(trims: true, deletes: false, rewinds: false) }
        world.finish()
        let account = world.account
        #expect(account.unknownGaps == 0)
        #expect(account.rewinds == 0)
        #expect(account.read == account.read.sorted(), "in order")
        #expect(Set(account.read).count == account.read.count, "once")
        #expect(account.read.count + account.missed == world.added, "all")
        #expect(Set(world.stream).isSubset(of: account.read))
        #expect(account.wrongNumbers == 0)
    }

    @Test(
        "brings each entry once and in order when entries are deleted, and tells of all that are missing",
        arguments: 0..<400
    )
    func deleted(_ seed: UInt64) {
        var world = StreamWorld(seed: seed)
        for _ in 0..<600 { world.step(trims: true, deletes: true, rewinds: false) }
        world.finish()
        let account = world.account
        #expect(account.rewinds == 0)
        #expect(account.read == account.read.sorted(), "in order")
        #expect(Set(account.read).count == account.read.count, "once")
        #expect(account.read.count + account.missed <= world.added)
        #expect(account.read.count + account.missed == world.added || account.unknownGaps > 0, "all, or told")
        #expect(Set(world.stream).isSubset(of: account.read))
    }

    @Test("tells what a server has lost, and brings what it has", arguments: 0..<400)
    func rewound(_ seed: UInt64) {
        var world = StreamWorld(seed: seed)
        for _ in 0..<600 { world.step(trims: false, deletes: false, rewinds: true) }
        world.finish()
        let account = world.account
        #expect(Set(account.read).count == account.read.count, "once")
        #expect(account.read.filter(Set(world.stream).contains) == world.stream, "what is in the stream, in its order")
        #expect(account.unknownRewinds == 0)
        #expect(account.lost == Set(account.read).intersection(world.lost).count, "what was lost")
    }

    @Test(
        "brings what a server has, each once, whatever happens, or says that it has another history",
        arguments: 0..<400
    )
    func everything(_ seed: UInt64) {
        var world = StreamWorld(seed: seed)
        // Where a clock is late as well, and the last entry was deleted, nothing tells what was lost.
        world.hasLateClocks = false
        for _ in 0..<600 { world.step(trims: true, deletes: true, rewinds: true) }
        world.finish()
        let account = world.account
        // What is taken for another stream is read from its beginning.
        #expect(Set(account.read).count == account.read.count || account.deletions > 0, "once")
        let isAllThere = account.read.filter(Set(world.stream).contains) == world.stream
        #expect(isAllThere || account.unknownRewinds > 0)
    }
}

/// Ids are told by their sequence: no two entries have the same, and they are numbered as they were added.
private struct StreamWorld {
    struct Account {
        var read: [Int] = []
        var missed = 0
        var unknownGaps = 0
        var rewinds = 0
        var unknownRewinds = 0
        var lost = 0
        var deletions = 0
        var wrongNumbers = 0
    }

    private var random: SeededGenerator
    private var entries: [RedisStreamID] = []
    private var lastID = RedisStreamID.zero
    private var addedCount = 0
    private var numbers: [RedisStreamID: Int] = [:]
    private var deletedID = RedisStreamID.zero
    private var clock: UInt64 = 1000
    private(set) var added = 0
    var hasLateClocks = true
    private(set) var lost: Set<Int> = []
    private var machine = StreamMachine(behind: .beginning)
    private var answer: StreamMachine.Answer?
    private(set) var account = Account()

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// What is in the stream.
    var stream: [Int] { entries.map { Int($0.sequence) } }

    mutating func step(trims: Bool, deletes: Bool, rewinds: Bool) {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<40: add()
        case 40..<60: machine.changed()
        case 60..<75: ask()
        case 75..<92: take()
        case 92..<94:
            if trims { entries.removeFirst(Int.random(in: 0...entries.count, using: &random)) }
        case 94..<96: if deletes { delete() }
        case 96: if Bool.random(using: &random) { machine.becameFull() } else { machine.becameFree() }
        case 97, 98: if rewinds { rewind() }
        default:
            machine.failed()
            answer = nil
        }
    }

    mutating func finish() {
        machine.becameFree()
        machine.changed()
        for _ in 0..<100 {
            ask()
            if answer == nil { return }
            take()
        }
        Issue.record("it asks for ever")
    }

    private mutating func add() {
        clock += UInt64.random(in: 1...20, using: &random)
        added += 1
        addedCount += 1
        lastID = RedisStreamID(milliseconds: max(clock, lastID.milliseconds + 1), sequence: UInt64(added))
        entries.append(lastID)
        numbers[lastID] = addedCount
    }

    private mutating func delete() {
        guard let index = entries.indices.randomElement(using: &random) else { return }
        deletedID = max(deletedID, entries.remove(at: index))
    }

    /// Another server takes over, which has not got the last entries, and whose clock may be late.
    private mutating func rewind() {
        let count = Int.random(in: 0...min(entries.count, 30), using: &random)
        guard count < entries.count else { return }
        for id in entries.suffix(count) { lost.insert(Int(id.sequence)) }
        // What was deleted of the last entries is not known any more either.
        let kept = entries.count - count
        let before = entries[kept - 1]
        addedCount = numbers[before] ?? 0
        entries.removeLast(count)
        lastID = before
        deletedID = min(deletedID, before)
        if hasLateClocks { clock = max(before.milliseconds, clock - UInt64.random(in: 0...100, using: &random)) }
    }

    private mutating func ask() {
        guard answer == nil, let question = machine.nextQuestion() else { return }
        var found: [RedisStreamID] = []
        switch question {
        case .state: break
        case .from(let first, let count): found = Array(entries.filter { $0 >= first }.prefix(count))
        case .back(let first, let count): found = Array(entries.filter { $0 <= first }.reversed().prefix(count))
        }
        answer = .found(
            StreamSnapshot(
                length: entries.count,
                lastID: lastID,
                firstID: entries.first,
                addedCount: addedCount,
                highestDeletedID: deletedID == .zero ? nil : deletedID,
                entries: found.map { RedisStreamEntry(id: $0, fields: []) }
            )
        )
    }

    private mutating func take() {
        guard let answer = answer.take() else { return }
        var outputs: [StreamMachine.Output] = []
        machine.answered(answer, into: &outputs)
        for output in outputs {
            switch output {
            case .entry(let position, _):
                account.read.append(Int(position.id.sequence))
                if let number = position.number, number != Int(position.id.sequence) { account.wrongNumbers += 1 }
            case .gap(let missed?, _, _): account.missed += missed
            case .gap(nil, _, _): account.unknownGaps += 1
            case .rewound(_, let lost, _):
                account.rewinds += 1
                account.lost += lost ?? 0
                if lost == nil { account.unknownRewinds += 1 }
            case .deleted:
                account.unknownRewinds += 1
                account.deletions += 1
            }
        }
    }
}
