import RedisRESP
import RedisStreams
import TestSupport
import Testing

@Suite("What a durable channel asks its stream for", .tags(.unit))
struct ContinuityPageTests: ContinuityScene {
    @Test("reads page after page, larger ones from page to page")
    func pages() {
        var machine = ContinuityMachine(from: .beginning)
        machine.subscribed()
        #expect(machine.nextQuestion() == .from(.zero, count: 17))
        #expect(answer(&machine, Array(1...17)) == (1...17).map(replayed))
        #expect(machine.nextQuestion() == .from(id(17), count: 65))
        #expect(answer(&machine, Array(17...81)) == (18...81).map(replayed))
        #expect(machine.nextQuestion() == .from(id(81), count: 129))
        #expect(answer(&machine, Array(81...209)) == (82...209).map(replayed))
        #expect(machine.nextQuestion() == .from(id(209), count: 129))
        #expect(answer(&machine, Array(209...250)) == (210...250).map(replayed))
        #expect(machine.nextQuestion() == nil)
        #expect(push(251, to: &machine) == .deliver)
    }

    @Test("asks for about a mebibyte at a time")
    func largeEntries() {
        var machine = ContinuityMachine(from: .beginning)
        machine.subscribed()
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        let large = RedisBytes([UInt8](repeating: 0, count: 200_000))
        let entries = (1...17).map { DurableEntry(id: id($0), number: $0, payload: large) }
        machine.answered(.entries(entries), into: &outputs)
        #expect(machine.nextQuestion() == .from(id(17), count: 6))
    }

    @Test("asks for less when an answer is too large")
    func tooLarge() {
        var machine = ContinuityMachine(from: .beginning)
        machine.subscribed()
        _ = machine.nextQuestion()
        machine.failedForSize()
        #expect(machine.nextQuestion() == .from(.zero, count: 3))
        machine.failedForSize()
        machine.failed()
        #expect(machine.nextQuestion() == .from(.zero, count: 2))
        #expect(answer(&machine, [1, 2]) == [replayed(1), replayed(2)])
    }

    @Test("asks for less history when an answer with history is too large")
    func historyTooLarge() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [6]) == [])
        #expect(machine.nextQuestion() == .back(id(4), count: 64))
        machine.failedForSize()
        #expect(machine.nextQuestion() == .back(id(4), count: 8))
        machine.failedForSize()
        #expect(machine.nextQuestion() == .back(id(4), count: 2))
        machine.failedForSize()
        #expect(machine.nextQuestion() == .back(id(4), count: 2))
        #expect(answer(&machine, [3, 2, 1]) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 2))
    }

    @Test("grows its pages only while there is more, and begins with small ones again")
    func pagesAgain() {
        var machine = ContinuityMachine(from: .beginning)
        machine.subscribed()
        _ = machine.nextQuestion()
        _ = answer(&machine, Array(1...17))
        #expect(machine.nextQuestion() == .from(id(17), count: 65))
        _ = answer(&machine, [17, 18])
        machine.missed()
        #expect(machine.nextQuestion() == .from(id(18), count: 17))
    }
}
