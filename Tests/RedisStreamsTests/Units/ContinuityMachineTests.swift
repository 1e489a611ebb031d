import RedisRESP
import RedisStreams
import TestSupport
import Testing

@Suite("The continuity of a durable channel", .tags(.unit))
struct ContinuityMachineTests: ContinuityScene {
    @Test("asks for the last entry when it begins now, and for nothing while each message follows the one before")
    func now() {
        var machine = ContinuityMachine(from: nil)
        machine.missed()
        #expect(machine.nextQuestion() == nil)
        #expect(!machine.isReady)
        machine.subscribed()
        #expect(machine.nextQuestion() == .last)
        #expect(machine.nextQuestion() == nil, "it is open")
        #expect(answer(&machine, [4]) == [])
        #expect(machine.isReady)
        #expect(machine.nextQuestion() == nil)
        #expect(push(5, to: &machine) == .deliver)
        #expect(push(6, to: &machine) == .deliver)
        #expect(machine.nextQuestion() == nil)
        #expect(machine.position == position(6))
    }

    @Test("knows where it has begun, unless that is a time, and is ready once it is subscribed")
    func start() {
        var machine = ContinuityMachine(from: position(4))
        #expect(machine.start == position(4) && !machine.isReady)
        machine.subscribed()
        #expect(machine.isReady)
        #expect(live(at: 5).start == position(5))
        let timed = ContinuityMachine(fromMilliseconds: 5)
        #expect(timed.start == nil && !timed.isReady)
    }

    @Test("delivers what was pushed before the last entry was known, from the first push on")
    func beforeKnown() {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        _ = machine.nextQuestion()
        #expect(push(5, to: &machine) == .keep)
        #expect(push(6, to: &machine) == .keep)
        #expect(answer(&machine, [6]) == [message(5), message(6)])
        #expect(push(7, to: &machine) == .deliver)
        #expect(machine.nextQuestion() == nil)
    }

    @Test("begins a channel that does not exist at its first message")
    func noStream() {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, []) == [])
        #expect(push(1, to: &machine) == .deliver)
    }

    @Test("reads what did not come from the last message on, and delivers each once")
    func repair() {
        var machine = live(at: 4)
        #expect(push(5, to: &machine) == .deliver)
        #expect(push(8, to: &machine) == .keep)
        #expect(machine.nextQuestion() == .from(id(5), count: 17))
        // This one came while the stream was read, and was not there yet.
        #expect(push(9, to: &machine) == .keep)
        #expect(answer(&machine, [5, 6, 7, 8]) == [replayed(6), replayed(7), replayed(8), message(9)])
        #expect(machine.nextQuestion() == nil)
        #expect(push(10, to: &machine) == .deliver)
        // The push of what was replayed comes late.
        #expect(push(8, to: &machine) == .keep)
        #expect(machine.nextQuestion() == nil)
    }

    @Test("leaves messages in the stream while the reader is full")
    func full() {
        var machine = live(at: 4)
        machine.becameFull()
        #expect(push(5, to: &machine) == .keep)
        #expect(machine.nextQuestion() == nil)
        machine.becameFree()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [4, 5, 6]) == [replayed(5), replayed(6)])
        #expect(push(7, to: &machine) == .deliver)
    }

    @Test("finds where to begin although the reader is full")
    func fullAtTheBeginning() {
        var machine = ContinuityMachine(from: nil)
        machine.becameFull()
        machine.subscribed()
        #expect(machine.nextQuestion() == .last)
        #expect(answer(&machine, [4]) == [])
        #expect(machine.isReady)
        #expect(machine.nextQuestion() == nil)
        #expect(push(5, to: &machine) == .keep)
        machine.becameFree()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [4, 5]) == [replayed(5)])
    }

    @Test(
        "delivers a new history from its first message when more was lost than is remembered"
    )
    func deepLoss() {
        var machine = ContinuityMachine(from: DurablePosition(id: id(1000), number: 100))
        machine.subscribed()
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        let new = (98...103).map { DurableEntry(id: id($0), number: $0, payload: "new") }
        machine.answered(.entries([]), into: &outputs)
        _ = machine.nextQuestion()
        machine.answered(.information(lastID: id(103)), into: &outputs)
        _ = machine.nextQuestion()
        machine.answered(.entries(new.reversed()), into: &outputs)
        #expect(outputs == [.rewound(to: nil, lost: 1)])
        #expect(machine.position?.number == 99)
        _ = machine.nextQuestion()
        outputs = []
        machine.answered(.entries(Array(new[2...])), into: &outputs)
        #expect(outputs.count == 4)
    }

    @Test("hands on what something else appended, and counts behind it")
    func foreign() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        let foreign = DurableEntry(id: id(5), number: nil, payload: nil, fields: [RedisField("a", "b")])
        let own = DurableEntry(id: id(6), number: 5, payload: "x")
        var outputs: [Output] = []
        machine.answered(.entries([entry(4), foreign, own]), into: &outputs)
        #expect(outputs == [.foreign(foreign), .replayed(DurablePosition(id: id(6), number: 5), "x")])
    }

    @Test("goes on counting behind a foreign entry that is read again")
    func countsBehindForeign() {
        var machine = live(at: 4)
        machine.missed()
        #expect(ask(&machine, [entry(4), foreignEntry(5)]) == [.foreign(foreignEntry(5))])
        let last = DurablePosition(id: id(5), number: 4)
        #expect(machine.position == last)
        machine.missed()
        #expect(
            ask(&machine, [foreignEntry(5), entry(7)])
                == [.gap(missed: 2, after: last, before: position(7)), replayed(7)]
        )
    }

    @Test("asks again when an answer does not come")
    func failed() {
        var machine = live(at: 4)
        machine.missed()
        let question = machine.nextQuestion()
        machine.failed()
        #expect(machine.nextQuestion() == question)
        _ = answer(&machine, [])
        #expect(machine.nextQuestion() == .information)
        machine.failed()
        #expect(machine.nextQuestion() == .information)
    }

    @Test("asks for the last entry, and for what is before the last message, again when an answer does not come")
    func failedAtTheBeginningAndInHistory() {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        #expect(machine.nextQuestion() == .last)
        machine.failed()
        #expect(machine.nextQuestion() == .last)
        #expect(answer(&machine, [4]) == [])
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [6]) == [])
        #expect(machine.nextQuestion() == .back(id(4), count: 64))
        machine.failed()
        #expect(machine.nextQuestion() == .back(id(4), count: 64))
    }

    @Test("asks again when an answer is none to its question")
    func wrongAnswers() {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        var outputs: [Output] = []
        #expect(machine.nextQuestion() == .last)
        machine.answered(.missing, into: &outputs)
        #expect(machine.nextQuestion() == .last)
        #expect(answer(&machine, [4]) == [])
        machine.missed()
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        machine.answered(.information(lastID: id(4)), into: &outputs)
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, []) == [])
        #expect(machine.nextQuestion() == .information)
        #expect(answer(&machine, [4]) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(outputs == [])
    }

    @Test("reads what was published between the last entry and the first push")
    func missedAtTheBeginning() {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        _ = machine.nextQuestion()
        #expect(push(7, to: &machine) == .keep)
        #expect(answer(&machine, [4]) == [])
        #expect(machine.position == position(4))
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, [4, 5, 6]) == [replayed(5), replayed(6), message(7)])
    }

    @Test("believes the stream where the number of the first push contradicts its last entry")
    func contradictedAtTheBeginning() {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        _ = machine.nextQuestion()
        #expect(machine.pushed(DurableHeader(id: id(5), previous: id(4), number: 9), "9") == .keep)
        #expect(answer(&machine, [4]) == [])
        #expect(machine.position == position(4))
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
    }

    @Test("says nothing of a last message that was removed when the reader begins behind a foreign entry")
    func beginsBehindAForeignEntry() {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        let foreign = DurableEntry(id: id(5), number: nil, payload: nil, fields: [RedisField("a", "b")])
        machine.answered(.entries([foreign]), into: &outputs)
        #expect(machine.position == DurablePosition(id: id(5)))
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [6]) == [])
        #expect(machine.nextQuestion() == .back(id(5), count: 64))
        #expect(answer(&machine, []) == [])
        _ = machine.nextQuestion()
        // How many are missing behind it nobody knows.
        let gap = Output.gap(missed: nil, after: DurablePosition(id: id(5)), before: position(6))
        #expect(answer(&machine, [6]) == [gap, replayed(6)])
    }
}
