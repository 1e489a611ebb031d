import RedisRESP
import RedisStreams
import TestSupport
import Testing

/// Entry 3 has the id 3-0; as the third that was added, it has the number 3.
@Suite("The reading of a stream", .tags(.unit))
struct StreamMachineTests {
    typealias Output = StreamMachine.Output

    func id(_ number: Int) -> RedisStreamID { RedisStreamID(milliseconds: UInt64(number)) }

    func position(_ number: Int, _ count: Int?) -> DurablePosition {
        DurablePosition(id: id(number), number: count)
    }

    func entry(_ number: Int, _ count: Int?) -> Output { .entry(position(number, count), []) }

    /// Entries with these ids, which are their numbers as well, if those are known.
    func entries(_ range: ClosedRange<Int>, areCounted: Bool = true) -> [Output] {
        range.map { entry($0, areCounted ? $0 : nil) }
    }

    /// A stream with these entries, to the last question of the machine.
    func answer(
        _ machine: inout StreamMachine,
        _ entries: [Int],
        last: Int,
        added: Int?,
        deleted: Int? = nil
    ) -> [Output] {
        var found: [Int] = []
        switch machine.nextQuestion() {
        case .state?: break
        case .from(let first, let count)?: found = Array(entries.filter { id($0) >= first }.prefix(count))
        case .back(let first, let count)?: found = Array(entries.filter { id($0) <= first }.reversed().prefix(count))
        case nil: Issue.record("it asks nothing")
        }
        let snapshot = StreamSnapshot(
            length: entries.count,
            lastID: id(last),
            firstID: entries.first.map(id),
            addedCount: added,
            highestDeletedID: deleted.map(id),
            entries: found.map { RedisStreamEntry(id: id($0), fields: []) }
        )
        var outputs: [Output] = []
        machine.answered(.found(snapshot), into: &outputs)
        return outputs
    }

    func missing(_ machine: inout StreamMachine) -> [Output] {
        var outputs: [Output] = []
        _ = machine.nextQuestion()
        machine.answered(.missing, into: &outputs)
        return outputs
    }

    /// A machine that has read the entries from 1 to `last`.
    func live(at last: Int, counts: Bool = true) -> StreamMachine {
        var machine = StreamMachine(behind: .beginning)
        let added = counts ? last : nil
        #expect(answer(&machine, Array(1...last), last: last, added: added) == [])
        let read = answer(&machine, Array(1...last), last: last, added: added)
        #expect(read == (1...last).map { entry($0, counts ? $0 : nil) })
        #expect(machine.waitsBehind == id(last))
        machine.changed()
        #expect(machine.waitsBehind == nil)
        return machine
    }

    @Test("begins at the end, and asks for nothing until something has changed")
    func now() {
        var machine = StreamMachine()
        #expect(machine.waitsBehind == nil && !machine.isReady)
        #expect(answer(&machine, [1, 2], last: 2, added: 7) == [])
        #expect(machine.isReady)
        #expect(machine.position == position(2, 7))
        #expect(machine.nextQuestion() == nil)
        #expect(machine.waitsBehind == id(2))
        machine.changed()
        #expect(machine.nextQuestion() == .from(id(2), count: 17))
        #expect(machine.nextQuestion() == nil, "it is open")
    }

    @Test("waits for a stream that does not exist, and reads it from its beginning")
    func missingStream() {
        var machine = StreamMachine()
        machine.changed()
        #expect(missing(&machine) == [])
        #expect(machine.waitsBehind == .zero)
        machine.changed()
        #expect(answer(&machine, [4, 5], last: 5, added: 2) == [entry(4, 1), entry(5, 2)])
    }

    @Test("reads page after page, as many as it is full")
    func pages() {
        var machine = StreamMachine(behind: .beginning)
        let all = Array(1...100)
        #expect(answer(&machine, all, last: 100, added: 100) == [])
        #expect(answer(&machine, all, last: 100, added: 100) == (1...17).map { entry($0, $0) })
        machine.becameFull()
        #expect(machine.nextQuestion() == nil)
        machine.becameFree()
        #expect(answer(&machine, all, last: 100, added: 100) == (18...81).map { entry($0, $0) })
        #expect(answer(&machine, all, last: 100, added: 100) == (82...100).map { entry($0, $0) })
        #expect(machine.waitsBehind == id(100))
    }

    @Test("tells exactly how many entries were trimmed, at the beginning and behind the last one")
    func trimmed() {
        var late = StreamMachine(behind: .beginning)
        _ = answer(&late, [4, 5], last: 5, added: 5)
        let gap = Output.gap(missed: 3, after: .beginning, before: position(4, nil))
        #expect(answer(&late, [4, 5], last: 5, added: 5) == [gap, entry(4, 4), entry(5, 5)])
        var machine = live(at: 3)
        #expect(
            answer(&machine, [8, 9], last: 9, added: 9)
                == [.gap(missed: 4, after: position(3, 3), before: position(8, nil)), entry(8, 8), entry(9, 9)]
        )
        machine.changed()
        // Trimmed up to the last one that was read: nothing is missing.
        #expect(answer(&machine, [10], last: 10, added: 10) == [entry(10, 10)])
        machine.changed()
        // All that came was trimmed at once.
        #expect(
            answer(&machine, [], last: 14, added: 14) == [.gap(missed: 4, after: position(10, 10), before: nil)]
        )
        machine.changed()
        #expect(answer(&machine, [15], last: 15, added: 15) == [entry(15, 15)])
    }

    @Test("tells that entries may have been trimmed where the server does not count them")
    func uncounted() {
        var machine = live(at: 3, counts: false)
        #expect(
            answer(&machine, [5], last: 5, added: nil)
                == [.gap(missed: nil, after: position(3, nil), before: position(5, nil)), entry(5, nil)]
        )
        machine.changed()
        #expect(answer(&machine, [5, 6], last: 6, added: nil) == [entry(6, nil)])
        machine.changed()
        #expect(answer(&machine, [5], last: 6, added: nil) == [])
        #expect(answer(&machine, [5], last: 6, added: nil) == [], "the last one was deleted, which costs nothing")
        #expect(answer(&machine, [5], last: 6, added: nil) == [])
        #expect(machine.waitsBehind == id(6))
    }

    @Test("tells of entries that were deleted before they could be read, and of no others")
    func deleted() {
        var machine = live(at: 3)
        // What was read may be deleted.
        #expect(answer(&machine, [1, 3, 4], last: 4, added: 4, deleted: 2) == [entry(4, 4)])
        machine.changed()
        #expect(answer(&machine, [1, 3], last: 4, added: 4, deleted: 4) == [])
        machine.changed()
        let hole = Output.gap(missed: 1, after: position(5, 5), before: position(7, nil))
        #expect(
            answer(&machine, [3, 5, 7, 8], last: 8, added: 8, deleted: 6)
                == [entry(5, 5), hole, entry(7, 7), entry(8, 8)]
        )
        machine.changed()
        #expect(answer(&machine, [8, 9], last: 9, added: 9, deleted: 6) == [entry(9, 9)])
        machine.changed()
        #expect(
            answer(&machine, [9], last: 11, added: 11, deleted: 11)
                == [.gap(missed: 2, after: position(9, 9), before: nil)]
        )
        machine.changed()
        #expect(answer(&machine, [9, 12], last: 12, added: 12, deleted: 11) == [entry(12, 12)])
    }

    @Test("tells that the stream is gone, once, and reads what comes in its place from the beginning")
    func gone() {
        var machine = live(at: 3)
        #expect(missing(&machine) == [.deleted])
        machine.changed()
        #expect(missing(&machine) == [])
        machine.changed()
        #expect(answer(&machine, [1, 2], last: 2, added: 2) == [entry(1, 1), entry(2, 2)])
        machine.changed()
        // Another one with an entry of the same id, which nobody could know but by the numbers.
        #expect(answer(&machine, [2, 3], last: 3, added: 3) == [entry(3, 3)])
        machine.changed()
        #expect(answer(&machine, [3], last: 3, added: 1) == [.deleted])
        #expect(answer(&machine, [3], last: 3, added: 1) == [entry(3, 1)])
    }

    @Test("tells how many entries a server has lost, and brings what it has instead of them")
    func rewound() {
        var machine = live(at: 9)
        #expect(answer(&machine, Array(1...6), last: 6, added: 6) == [])
        let rewind = Output.rewound(to: position(6, 6), lost: 3, behind: position(6, 6))
        #expect(answer(&machine, Array(1...6), last: 6, added: 6) == [rewind])
        #expect(answer(&machine, Array(1...6), last: 6, added: 6) == [])
        #expect(machine.waitsBehind == id(6))
        machine.changed()
        #expect(answer(&machine, Array(1...7), last: 7, added: 7) == [entry(7, 7)])
        var other = live(at: 9)
        // The other server has gone on before and behind the last one that was read.
        let stream = [1, 2, 3, 4, 5, 8, 20]
        #expect(answer(&other, stream, last: 20, added: 7) == [])
        let otherRewind = Output.rewound(to: position(8, 8), lost: 1, behind: position(8, 8))
        #expect(answer(&other, stream, last: 20, added: 7) == [otherRewind])
        #expect(answer(&other, stream, last: 20, added: 7) == [.deleted], "there was never such a history")
    }

    @Test("goes back where a server has never had what was told as missing")
    func goneAndBack() {
        var machine = live(at: 10)
        #expect(
            answer(&machine, [], last: 12, added: 12) == [.gap(missed: 2, after: position(10, 10), before: nil)]
        )
        machine.changed()
        #expect(answer(&machine, Array(1...10), last: 10, added: 10) == [])
        #expect(
            answer(&machine, Array(1...10), last: 10, added: 10)
                == [.rewound(to: position(10, 10), lost: 0, behind: position(10, 10))]
        )
        #expect(answer(&machine, Array(1...10), last: 10, added: 10) == [])
        #expect(machine.waitsBehind == id(10), "it asks no longer")
        machine.changed()
        #expect(answer(&machine, Array(1...11), last: 11, added: 11) == [entry(11, 11)])
    }

    @Test("knows another history by an entry that is not there although nobody has deleted it")
    func cursorOfAnotherHistory() {
        var machine = StreamMachine(behind: position(100, 100))
        let stream = [98, 99, 101]
        #expect(answer(&machine, stream, last: 101, added: 101) == [])
        #expect(answer(&machine, stream, last: 101, added: 101) == [])
        #expect(
            answer(&machine, stream, last: 101, added: 101)
                == [.rewound(to: nil, lost: nil, behind: position(100, nil))]
        )
        #expect(answer(&machine, stream, last: 101, added: 101) == [entry(101, 101)])
        // Somebody has deleted it.
        var deleted = StreamMachine(behind: position(100, 100))
        #expect(answer(&deleted, stream, last: 101, added: 101, deleted: 100) == [])
        #expect(answer(&deleted, stream, last: 101, added: 101, deleted: 100) == [entry(101, 101)])
    }

    @Test("names the entry before a gap within a page")
    func gapWithinPage() {
        var machine = StreamMachine(behind: .beginning)
        let stream = [1, 2, 3, 5]
        #expect(answer(&machine, stream, last: 5, added: 5, deleted: 4) == [])
        let gap = Output.gap(missed: 1, after: position(3, 3), before: position(5, nil))
        #expect(
            answer(&machine, stream, last: 5, added: 5, deleted: 4)
                == [entry(1, 1), entry(2, 2), entry(3, 3), gap, entry(5, 5)]
        )
    }

    @Test("reads a stream with lower ids that has taken the key, or says that it goes on at its end")
    func swapped() {
        var machine = StreamMachine()
        #expect(answer(&machine, [100], last: 100, added: 102) == [])
        machine.changed()
        #expect(answer(&machine, [5, 6], last: 6, added: 2) == [])
        #expect(
            answer(&machine, [5, 6], last: 6, added: 2) == [.rewound(to: nil, lost: 100, behind: position(6, 2))]
        )
        #expect(answer(&machine, [5, 6, 7], last: 7, added: 3) == [entry(7, 3)])
        // This one knows all that it has delivered.
        var whole = StreamMachine(behind: .beginning)
        #expect(answer(&whole, [100], last: 100, added: 1) == [])
        #expect(answer(&whole, [100], last: 100, added: 1) == [entry(100, 1)])
        whole.changed()
        #expect(answer(&whole, [5, 6], last: 6, added: 2) == [])
        #expect(answer(&whole, [5, 6], last: 6, added: 2) == [.rewound(to: nil, lost: nil, behind: .beginning)])
        #expect(answer(&whole, [5, 6], last: 6, added: 2) == [entry(5, 1), entry(6, 2)])
    }

    @Test("waits for an id behind the end of the stream, and takes nothing before it for missing")
    func future() {
        var machine = StreamMachine(behind: position(50, nil))
        #expect(answer(&machine, [1, 2], last: 2, added: 2) == [])
        #expect(machine.start == position(50, nil))
        #expect(answer(&machine, [1, 2], last: 2, added: 2) == [])
        #expect(machine.waitsBehind == id(50))
        machine.changed()
        #expect(answer(&machine, [1, 2, 3, 4, 60], last: 60, added: 5) == [entry(60, 5)])
        // A position with a number was in the stream.
        var lost = StreamMachine(behind: position(50, 5))
        #expect(answer(&lost, [1, 2], last: 2, added: 2) == [])
        #expect(answer(&lost, [1, 2], last: 2, added: 2) == [])
        #expect(answer(&lost, [1, 2], last: 2, added: 2) == [.rewound(to: nil, lost: 3, behind: position(2, 2))])
    }

    @Test("begins behind an id that is no entry without telling of anything")
    func given() {
        var machine = StreamMachine(behind: position(5, nil))
        let stream = [2, 4, 6, 8]
        #expect(answer(&machine, stream, last: 8, added: 4) == [])
        #expect(answer(&machine, stream, last: 8, added: 4) == [entry(6, 3), entry(8, 4)])
        #expect(machine.position == position(8, 4))
    }

    @Test("asks again what could not be answered, and for less if the answer was too large")
    func failures() {
        var machine = live(at: 3)
        #expect(machine.nextQuestion() == .from(id(3), count: 17))
        machine.failed()
        #expect(machine.nextQuestion() == .from(id(3), count: 17))
        machine.failedForSize()
        #expect(machine.nextQuestion() == .from(id(3), count: 3))
        machine.failedForSize()
        #expect(machine.nextQuestion() == .from(id(3), count: 2))
        machine.failedForSize()
        #expect(machine.nextQuestion() == .from(id(3), count: 2), "one behind the last one")
        // The same holds for the history.
        var other = live(at: 9)
        #expect(answer(&other, Array(1...6), last: 6, added: 6) == [])
        #expect(other.nextQuestion() == .back(id(9), count: 64))
        other.failed()
        #expect(other.nextQuestion() == .back(id(9), count: 64))
        other.failedForSize()
        #expect(other.nextQuestion() == .back(id(9), count: 8))
        other.failedForSize()
        #expect(other.nextQuestion() == .back(id(9), count: 2))
    }

    @Test("asks for about a mebibyte at a time, names and values together")
    func largeEntries() {
        let large = RedisBytes([UInt8](repeating: 0, count: 200_000))
        for field in [RedisField(large, "value"), RedisField("name", large)] {
            var machine = StreamMachine(behind: .beginning)
            #expect(answer(&machine, [1], last: 17, added: 17) == [])
            _ = machine.nextQuestion()
            let snapshot = StreamSnapshot(
                length: 17,
                lastID: id(17),
                firstID: id(1),
                addedCount: 17,
                highestDeletedID: nil,
                entries: (1...17).map { RedisStreamEntry(id: id($0), fields: [field]) }
            )
            var outputs: [Output] = []
            machine.answered(.found(snapshot), into: &outputs)
            #expect(outputs.count == 17)
            #expect(machine.nextQuestion() == .from(id(17), count: 6))
        }
    }

    @Test("waits only while nothing else is to be done")
    func waits() {
        var machine = StreamMachine(behind: position(3, 3))
        #expect(machine.waitsBehind == nil, "it has not asked yet")
        #expect(answer(&machine, [1, 2, 3], last: 3, added: 3) == [])
        _ = machine.nextQuestion()
        #expect(machine.waitsBehind == nil, "a question is open")
        machine.failed()
        #expect(answer(&machine, [1, 2, 3], last: 3, added: 3) == [])
        #expect(machine.waitsBehind == id(3))
        machine.becameFull()
        #expect(machine.waitsBehind == nil)
        machine.becameFree()
        #expect(machine.waitsBehind == id(3))
        machine.changed()
        #expect(answer(&machine, [1, 2, 5], last: 5, added: 4) == [])
        #expect(machine.waitsBehind == nil, "it has to look for what has become of the last entry")
    }
}
