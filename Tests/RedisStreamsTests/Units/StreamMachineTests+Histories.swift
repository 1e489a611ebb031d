import RedisStreams
import Testing

/// What is told when the server has another history than the one that was read.
extension StreamMachineTests {
    @Test("remembers where it has begun: a server may have lost all that came behind it")
    func rewoundToTheStart() {
        var machine = StreamMachine(behind: position(4, 4))
        #expect(answer(&machine, Array(1...6), last: 6, added: 6) == [])
        #expect(answer(&machine, Array(1...6), last: 6, added: 6) == [entry(5, 5), entry(6, 6)])
        machine.changed()
        #expect(answer(&machine, Array(1...4), last: 4, added: 4) == [])
        let rewind = Output.rewound(to: position(4, 4), lost: 2, behind: position(4, 4))
        #expect(answer(&machine, Array(1...4), last: 4, added: 4) == [rewind])
        var now = StreamMachine()
        #expect(answer(&now, [1, 2], last: 2, added: 2) == [])
        now.changed()
        #expect(answer(&now, [1, 2, 3, 4], last: 4, added: 4) == [entry(3, 3), entry(4, 4)])
        now.changed()
        #expect(answer(&now, [1, 2], last: 2, added: 2) == [])
        let rewindOfNow = Output.rewound(to: position(2, 2), lost: 2, behind: position(2, 2))
        #expect(answer(&now, [1, 2], last: 2, added: 2) == [rewindOfNow])
        // Behind an id without a number it is not known whether the server has what was read before.
        var given = StreamMachine(behind: position(5, nil))
        #expect(answer(&given, [4, 5, 6, 7], last: 7, added: 4) == [])
        #expect(answer(&given, [4, 5, 6, 7], last: 7, added: 4) == [entry(6, 3), entry(7, 4)])
        given.changed()
        #expect(answer(&given, [4, 5], last: 5, added: 2) == [])
        #expect(answer(&given, [4, 5], last: 5, added: 2) == [.rewound(to: nil, lost: 2, behind: position(5, 2))])
    }

    @Test("remembers the last 128 entries at least, and 256 at most")
    func memory() {
        /// A machine that has read so many entries, with the ids 10, 20 and so on.
        func read(_ count: Int) -> StreamMachine {
            var machine = StreamMachine(behind: .beginning)
            let all = (1...count).map { $0 * 10 }
            while machine.waitsBehind == nil { _ = answer(&machine, all, last: count * 10, added: count) }
            machine.changed()
            return machine
        }
        /// What is told when a server has lost the last ones of so many entries.
        func lost(_ depth: Int, after count: Int) -> [Output] {
            var machine = read(count)
            let left = count - depth
            let stream = (1...left).map { $0 * 10 }
            #expect(answer(&machine, stream, last: left * 10, added: left) == [])
            return answer(&machine, stream, last: left * 10, added: left)
        }
        func known(_ depth: Int, after count: Int) -> Output {
            let last = position((count - depth) * 10, count - depth)
            return .rewound(to: last, lost: depth, behind: last)
        }
        for count in [256, 257, 300, 384] { #expect(lost(128, after: count) == [known(128, after: count)], "\(count)") }
        for count in [256, 384] { #expect(lost(255, after: count) == [known(255, after: count)], "\(count)") }
        #expect(lost(256, after: 257) == [.rewound(to: nil, lost: 256, behind: position(10, 1))])
        #expect(lost(129, after: 257) == [.rewound(to: nil, lost: 129, behind: position(1280, 128))])
        // What is behind all that is forgotten, and was not read, is new.
        var machine = read(257)
        #expect(answer(&machine, [1285], last: 1285, added: 200) == [])
        #expect(
            answer(&machine, [1285], last: 1285, added: 200)
                == [.rewound(to: nil, lost: 57, behind: position(1280, nil))]
        )
    }

    @Test("goes on looking back while a page of history does not reach what it remembers")
    func moreHistory() {
        var machine = StreamMachine(behind: .beginning)
        #expect(answer(&machine, [1, 2, 1000], last: 1000, added: 3) == [])
        #expect(answer(&machine, [1, 2, 1000], last: 1000, added: 3) == [entry(1, 1), entry(2, 2), entry(1000, 3)])
        machine.changed()
        // The server has lost the last one, and has a hundred others before its time.
        let stream = [1, 2] + Array(500...599) + [2000]
        #expect(answer(&machine, stream, last: 2000, added: 103) == [])
        #expect(machine.nextQuestion() == .back(id(1000), count: 64))
        machine.failed()
        #expect(answer(&machine, stream, last: 2000, added: 103) == [])
        #expect(machine.nextQuestion() == .back(RedisStreamID(milliseconds: 535, sequence: .max), count: 64))
        machine.failed()
        #expect(
            answer(&machine, stream, last: 2000, added: 103)
                == [.rewound(to: position(2, 2), lost: 1, behind: position(2, 2))]
        )
    }

    @Test("looks no further back than to the first entry that it remembers, nor behind the end of the history")
    func endOfHistory() {
        var machine = StreamMachine()
        #expect(answer(&machine, [], last: 0, added: 0) == [])
        machine.changed()
        #expect(answer(&machine, [1000], last: 1000, added: 1) == [entry(1000, 1)])
        machine.changed()
        #expect(answer(&machine, Array(1...100), last: 100, added: 100) == [])
        let rewind = Output.rewound(to: nil, lost: nil, behind: .beginning)
        #expect(answer(&machine, Array(1...100), last: 100, added: 100) == [rewind])
        var short = StreamMachine(behind: .beginning)
        #expect(answer(&short, [10, 20, 30], last: 30, added: 3) == [])
        #expect(answer(&short, [10, 20, 30], last: 30, added: 3) == [entry(10, 1), entry(20, 2), entry(30, 3)])
        short.changed()
        #expect(answer(&short, [15, 40], last: 40, added: 5) == [])
        #expect(answer(&short, [15, 40], last: 40, added: 5) == [rewind])
    }

    @Test("knows another history by an entry between, where the server does not count")
    func betweenUncounted() {
        var machine = StreamMachine(behind: .beginning)
        #expect(answer(&machine, [10, 20, 30], last: 30, added: nil) == [])
        #expect(answer(&machine, [10, 20, 30], last: 30, added: nil).count == 3)
        machine.changed()
        #expect(answer(&machine, [10, 25, 40], last: 40, added: nil) == [])
        let common = position(10, nil)
        let rewind = Output.rewound(to: common, lost: 2, behind: common)
        #expect(answer(&machine, [10, 25, 40], last: 40, added: nil) == [rewind])
        #expect(answer(&machine, [10, 25, 40], last: 40, added: nil) == [entry(25, nil), entry(40, nil)])
    }

    @Test("takes the last entry for deleted where nothing proves another history")
    func nothingProven() {
        var machine = StreamMachine(behind: position(100, 100))
        for _ in 0..<3 { #expect(answer(&machine, [98, 99], last: 101, added: 101, deleted: 101) == []) }
        #expect(
            answer(&machine, [98, 99], last: 101, added: 101, deleted: 101)
                == [.gap(missed: 1, after: position(100, 100), before: nil)]
        )
        #expect(machine.waitsBehind == id(101))
        // What comes behind a place that is gone is read at once.
        machine.changed()
        #expect(
            answer(&machine, [98, 99, 102], last: 103, added: 103, deleted: 103)
                == [entry(102, 102), .gap(missed: 1, after: position(102, 102), before: nil)]
        )
    }

    @Test("tells nothing when the last entry is there again, and minds when it is lost then")
    func thereAgain() {
        var machine = live(at: 9)
        #expect(answer(&machine, Array(1...6), last: 6, added: 6) == [])
        #expect(answer(&machine, Array(1...9), last: 9, added: 9) == [])
        #expect(answer(&machine, Array(1...9), last: 9, added: 9) == [])
        #expect(machine.waitsBehind == id(9))
        var uncounted = live(at: 3, counts: false)
        #expect(answer(&uncounted, [1, 2, 5], last: 5, added: nil) == [])
        #expect(answer(&uncounted, [1, 2, 3, 5], last: 5, added: nil) == [])
        #expect(answer(&uncounted, [1, 2, 3, 5], last: 5, added: nil) == [entry(5, nil)])
        var deleted = live(at: 5)
        #expect(answer(&deleted, Array(1...4), last: 5, added: 5, deleted: 5) == [])
        deleted.changed()
        #expect(answer(&deleted, Array(1...5), last: 5, added: 5) == [])
        deleted.changed()
        #expect(answer(&deleted, [1, 2, 3, 4, 6], last: 6, added: 6) == [])
        let rewind = Output.rewound(to: position(4, 4), lost: 1, behind: position(4, 4))
        #expect(answer(&deleted, [1, 2, 3, 4, 6], last: 6, added: 6) == [rewind])
    }

    @Test("goes on behind the last entry where the other history has had the same id meanwhile")
    func sameIDMeanwhile() {
        var machine = StreamMachine(behind: position(30, 3))
        #expect(answer(&machine, [10], last: 10, added: 1) == [])
        #expect(answer(&machine, [10], last: 10, added: 1) == [])
        #expect(
            answer(&machine, [10], last: 30, added: 3, deleted: 30)
                == [.rewound(to: nil, lost: 2, behind: position(30, nil))]
        )
    }

    @Test("knows another stream with higher ids by its numbers, and forgets what it has read before")
    func higherIDs() {
        var machine = live(at: 3)
        let rewind = Output.rewound(to: nil, lost: nil, behind: position(3, nil))
        #expect(answer(&machine, [10, 11], last: 11, added: 2) == [rewind, entry(10, 1), entry(11, 2)])
        machine.changed()
        #expect(answer(&machine, [3], last: 3, added: 1) == [])
        #expect(answer(&machine, [3], last: 3, added: 1) == [.rewound(to: nil, lost: 1, behind: position(3, 1))])
        // Older entries are there, and the last one was deleted.
        var deleted = live(at: 3)
        #expect(answer(&deleted, [1, 2], last: 3, added: 3, deleted: 3) == [])
        deleted.changed()
        #expect(answer(&deleted, [1, 2, 10], last: 10, added: 3, deleted: 3) == [rewind, entry(10, 3)])
    }

    @Test("forgets all that it knew of a stream that is gone")
    func forgetsWhatIsGone() {
        var machine = StreamMachine(behind: position(3, 3))
        #expect(answer(&machine, [3], last: 20, added: 5, deleted: 20) == [])
        #expect(
            answer(&machine, [3], last: 20, added: 5, deleted: 20)
                == [.gap(missed: 2, after: position(3, 3), before: nil)]
        )
        machine.changed()
        #expect(missing(&machine) == [.deleted])
        machine.changed()
        let hole = Output.gap(missed: 1, after: position(4, 1), before: position(6, nil))
        #expect(answer(&machine, [4, 6], last: 6, added: 3, deleted: 5) == [entry(4, 1), hole, entry(6, 3)])
        machine.changed()
        // It has read another entry of this id, of the first stream.
        #expect(answer(&machine, [3], last: 3, added: 1) == [])
        #expect(answer(&machine, [3], last: 3, added: 1) == [.rewound(to: nil, lost: 2, behind: .beginning)])
    }

    @Test("forgets all that it knew of a history whose end it does not find")
    func forgetsAHistory() {
        var machine = StreamMachine(behind: position(50, 1))
        #expect(answer(&machine, [50], last: 90, added: 3, deleted: 90) == [])
        #expect(
            answer(&machine, [50], last: 90, added: 3, deleted: 90)
                == [.gap(missed: 2, after: position(50, 1), before: nil)]
        )
        machine.changed()
        #expect(answer(&machine, [5, 6], last: 6, added: 2) == [])
        #expect(answer(&machine, [5, 6], last: 6, added: 2) == [.rewound(to: nil, lost: 1, behind: position(6, 2))])
        // What was deleted is told in its place, though the other history has deleted higher ids.
        let hole = Output.gap(missed: 1, after: position(7, 3), before: position(9, nil))
        #expect(answer(&machine, [6, 7, 9], last: 9, added: 5, deleted: 8) == [entry(7, 3), hole, entry(9, 5)])
        machine.changed()
        #expect(answer(&machine, [9, 60], last: 60, added: 6) == [entry(60, 6)])
        machine.changed()
        // This 50 is not the one that it has begun behind.
        #expect(answer(&machine, [7, 9, 50], last: 50, added: 6) == [])
        let common = position(9, 5)
        #expect(answer(&machine, [7, 9, 50], last: 50, added: 6) == [.rewound(to: common, lost: 1, behind: common)])
        #expect(answer(&machine, [7, 9, 50], last: 50, added: 6) == [entry(50, 6)])
        machine.changed()
        #expect(answer(&machine, [8], last: 8, added: 4) == [])
        #expect(answer(&machine, [8], last: 8, added: 4) == [.rewound(to: nil, lost: 2, behind: position(6, nil))])
    }

    @Test("tells of deletions that another history has behind their common entry")
    func deletedAgain() {
        var machine = live(at: 9)
        let gap = Output.gap(missed: 2, after: position(9, 9), before: nil)
        #expect(answer(&machine, Array(1...9), last: 11, added: 11, deleted: 11) == [gap])
        machine.changed()
        #expect(answer(&machine, Array(1...8), last: 8, added: 8) == [])
        let common = position(8, 8)
        #expect(answer(&machine, Array(1...8), last: 8, added: 8) == [.rewound(to: common, lost: 1, behind: common)])
        let hole = Output.gap(missed: 1, after: position(9, 9), before: position(11, nil))
        #expect(
            answer(&machine, Array(1...9) + [11], last: 11, added: 11, deleted: 10)
                == [entry(9, 9), hole, entry(11, 11)]
        )
    }

    @Test("goes back to an entry together with what was told as missing behind it")
    func backToTheEnd() {
        var machine = live(at: 9)
        let gap = Output.gap(missed: 2, after: position(9, 9), before: nil)
        #expect(answer(&machine, [9], last: 11, added: 11, deleted: 11) == [gap])
        machine.changed()
        #expect(answer(&machine, [9, 12], last: 12, added: 12, deleted: 11) == [entry(12, 12)])
        machine.changed()
        #expect(answer(&machine, [9], last: 11, added: 11, deleted: 11) == [])
        let end = position(9, 11)
        #expect(answer(&machine, [9], last: 11, added: 11, deleted: 11) == [.rewound(to: end, lost: 1, behind: end)])
        #expect(answer(&machine, [9], last: 11, added: 11, deleted: 11) == [])
        #expect(machine.waitsBehind == id(9))
    }

    @Test("asks again while what it finds in the place of the last entry contradicts itself, but not for ever")
    func contradiction() {
        /// A server that has lost 3, and then, what another one says that may have it.
        func lose(_ machine: inout StreamMachine) -> [Output] { answer(&machine, [1, 2, 5], last: 5, added: 4) }
        var machine = live(at: 3)
        #expect(lose(&machine) == [])
        #expect(answer(&machine, [1, 2, 3], last: 3, added: 3) == [])
        #expect(lose(&machine) == [])
        #expect(lose(&machine) == [.rewound(to: position(2, 2), lost: 1, behind: position(2, 2))])
        var partly = live(at: 3)
        for (last, added) in [(5, 5), (6, 4)] {
            #expect(lose(&partly) == [])
            #expect(answer(&partly, [1, 2, 3], last: last, added: added) == [])
        }
        #expect(lose(&partly) == [])
        // Nothing has changed but that it is there.
        #expect(answer(&partly, [1, 2, 3, 5], last: 5, added: 4) == [])
        #expect(lose(&partly) == [entry(5, 4)])
        var endless = live(at: 3)
        for _ in 0..<9 {
            #expect(lose(&endless) == [])
            #expect(answer(&endless, [1, 2, 3], last: 3, added: 3) == [])
        }
        #expect(lose(&endless) == [entry(5, 4)])
    }

    @Test("goes back to the end of the history that the server has now, not of the one before it")
    func behindMeanwhile() {
        var machine = StreamMachine(behind: position(30, 3))
        #expect(answer(&machine, [10, 40], last: 40, added: 5) == [])
        #expect(answer(&machine, [10, 40], last: 40, added: 5) == [])
        #expect(answer(&machine, [10], last: 10, added: 1) == [.rewound(to: nil, lost: nil, behind: position(10, 1))])
        #expect(answer(&machine, [10], last: 10, added: 1) == [])
        machine.changed()
        #expect(answer(&machine, [10, 20], last: 20, added: 2) == [entry(20, 2)])
    }
}
