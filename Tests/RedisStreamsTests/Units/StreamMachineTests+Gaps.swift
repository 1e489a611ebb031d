import RedisStreams
import Testing

/// What is missing where not all is known: before the first entry, within a page that is not the last one, and behind
/// an id whose number nobody knows.
extension StreamMachineTests {
    @Test("begins at a time with the first entry that is not older, and says nothing of those before it")
    func time() {
        let before = RedisStreamID(milliseconds: 4, sequence: .max)
        var machine = StreamMachine(fromMilliseconds: 5)
        #expect(answer(&machine, [3, 7], last: 7, added: 9) == [])
        #expect(machine.start == DurablePosition(id: before))
        #expect(machine.nextQuestion() == .from(before, count: 17))
        machine.failed()
        #expect(answer(&machine, [3, 7], last: 7, added: 9) == [entry(7, 9)])
        machine.changed()
        // The server has lost 7, and has another entry that is not older.
        #expect(answer(&machine, [3, 6], last: 6, added: 9) == [])
        #expect(
            answer(&machine, [3, 6], last: 6, added: 9)
                == [.rewound(to: nil, lost: nil, behind: DurablePosition(id: before))]
        )
        #expect(answer(&machine, [3, 6], last: 6, added: 9) == [entry(6, 9)])
        var oldest = StreamMachine(fromMilliseconds: 0)
        #expect(answer(&oldest, [3], last: 3, added: 1) == [])
        #expect(oldest.nextQuestion() == .from(.zero, count: 17))
        // A time that is still to come, where the server does not count.
        var future = StreamMachine(fromMilliseconds: 50)
        #expect(answer(&future, [1, 2], last: 2, added: nil) == [])
        #expect(answer(&future, [1, 2], last: 2, added: nil) == [])
        #expect(future.waitsBehind == RedisStreamID(milliseconds: 49, sequence: .max))
        future.changed()
        #expect(answer(&future, [1, 2, 60], last: 60, added: nil) == [entry(60, nil)])
    }

    @Test("tells what it can of an id without a number: nothing, if nothing was before the first entry")
    func behindAnID() {
        /// What is told by the first page behind 5.
        func told(_ entries: [Int], last: Int, added: Int, deleted: Int? = nil) -> [Output] {
            var machine = StreamMachine(behind: position(5, nil))
            #expect(answer(&machine, entries, last: last, added: added, deleted: deleted) == [])
            return answer(&machine, entries, last: last, added: added, deleted: deleted)
        }
        let first = Output.gap(missed: nil, after: position(5, nil), before: position(7, nil))
        #expect(told([7, 8], last: 8, added: 8) == [first, entry(7, 7), entry(8, 8)])
        #expect(told([7, 8], last: 8, added: 3) == [first, entry(7, 2), entry(8, 3)])
        #expect(told([7, 8], last: 8, added: 2) == [entry(7, 1), entry(8, 2)])
        // Nobody knows how many were deleted.
        #expect(told([7, 9], last: 9, added: 9, deleted: 8) == [first, entry(7, nil), entry(9, nil)])
        let hole = Output.gap(missed: nil, after: position(7, nil), before: position(9, nil))
        #expect(
            told([4, 6, 7, 9], last: 9, added: 9, deleted: 8)
                == [entry(6, nil), entry(7, nil), hole, entry(9, nil)]
        )
        #expect(told([], last: 9, added: 9) == [.gap(missed: nil, after: position(5, nil), before: nil)])
        #expect(told([], last: 5, added: 5) == [])
        // Who begins at a time misses nothing before the first entry.
        var time = StreamMachine(fromMilliseconds: 5)
        #expect(answer(&time, [7, 8], last: 8, added: 8) == [])
        #expect(answer(&time, [7, 8], last: 8, added: 8) == [entry(7, 7), entry(8, 8)])
    }

    @Test("knows the number of an id once it has seen its entry")
    func seen() {
        var machine = StreamMachine(behind: position(5, nil))
        #expect(answer(&machine, [4, 5], last: 5, added: 2) == [])
        #expect(answer(&machine, [4, 5], last: 5, added: 2) == [])
        #expect(machine.position == position(5, 2))
        var emptied = StreamMachine(behind: position(5, nil))
        #expect(answer(&emptied, [], last: 5, added: 2) == [])
        #expect(answer(&emptied, [], last: 5, added: 2) == [])
        #expect(emptied.position == position(5, nil))
    }

    @Test("tells of an entry that was deleted on the page where it was, and does not count until the last page")
    func deletedWithinPages() {
        var machine = live(at: 3)
        let without5 = Array(1...30).filter { $0 != 5 }
        let hole = Output.gap(missed: nil, after: position(4, 4), before: position(6, nil))
        #expect(
            answer(&machine, without5, last: 30, added: 30, deleted: 5)
                == [entry(4, 4), hole] + entries(6...20, areCounted: false)
        )
        #expect(answer(&machine, without5, last: 30, added: 30, deleted: 5) == entries(21...30))
        var later = live(at: 3)
        let without35 = Array(1...40).filter { $0 != 35 }
        #expect(answer(&later, without35, last: 40, added: 40, deleted: 35) == entries(4...19))
        let laterHole = Output.gap(missed: 1, after: position(34, 34), before: position(36, nil))
        #expect(
            answer(&later, without35, last: 40, added: 40, deleted: 35)
                == entries(20...34) + [laterHole] + entries(36...40)
        )
    }

    @Test("tells once what was trimmed and deleted together")
    func trimmedAndDeleted() {
        var machine = live(at: 3)
        let stream = Array(10...40).filter { $0 != 12 }
        let gap = Output.gap(missed: nil, after: position(3, 3), before: position(10, nil))
        #expect(
            answer(&machine, stream, last: 40, added: 40, deleted: 12)
                == [gap, entry(10, nil), entry(11, nil)] + entries(13...27, areCounted: false)
        )
    }

    @Test("tells once what was deleted behind the last entry, also when much comes behind it")
    func toldBefore() {
        var machine = live(at: 3)
        #expect(
            answer(&machine, [1, 2, 3], last: 5, added: 5, deleted: 5)
                == [.gap(missed: 2, after: position(3, 3), before: nil)]
        )
        machine.changed()
        let stream = [1, 2, 3] + Array(6...40)
        #expect(answer(&machine, stream, last: 40, added: 40, deleted: 5) == entries(6...21))
    }

    @Test("counts once what was trimmed before the first entry of a page, whatever of it was deleted")
    func trimmedBehindDeleted() {
        var machine = live(at: 3)
        let gap = Output.gap(missed: 6, after: position(3, 3), before: position(10, nil))
        #expect(
            answer(&machine, Array(10...40), last: 40, added: 40, deleted: 8)
                == [gap] + (10...26).map { entry($0, $0) }
        )
    }
}
