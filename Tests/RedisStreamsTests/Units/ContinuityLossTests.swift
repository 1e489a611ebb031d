import RedisRESP
import RedisStreams
import TestSupport
import Testing

@Suite("What a durable channel tells of losses", .tags(.unit))
struct ContinuityLossTests: ContinuityScene {
    @Test("tells exactly how many were trimmed")
    func trimmed() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [100, 101]) == [])
        // Whether the last message was trimmed, or is not known to the server any more?
        #expect(machine.nextQuestion() == .back(id(4), count: 64))
        #expect(answer(&machine, []) == [])
        _ = machine.nextQuestion()
        let gap = Output.gap(missed: 95, after: position(4), before: position(100))
        #expect(answer(&machine, [100, 101]) == [gap, replayed(100), replayed(101)])
        #expect(push(102, to: &machine) == .deliver)
    }

    @Test("tells of entries that were removed from the middle")
    func removed() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        let gap = Output.gap(missed: 2, after: position(5), before: position(8))
        #expect(answer(&machine, [4, 5, 8]) == [replayed(5), gap, replayed(8)])
    }

    @Test("says nothing of a last message that was trimmed alone")
    func lastTrimmed() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [5, 6]) == [])
        _ = machine.nextQuestion()
        #expect(answer(&machine, []) == [])
        _ = machine.nextQuestion()
        #expect(answer(&machine, [5, 6]) == [replayed(5), replayed(6)])
    }

    @Test("says nothing of a last message that was removed alone, from the middle")
    func lastRemoved() {
        var machine = live(at: 3)
        #expect(push(4, to: &machine) == .deliver)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [5, 6]) == [])
        _ = machine.nextQuestion()
        #expect(answer(&machine, [3, 2, 1]) == [])
        _ = machine.nextQuestion()
        #expect(answer(&machine, [5, 6]) == [replayed(5), replayed(6)])
    }

    @Test("finds what a server with a late clock has put before the last message that it has lost")
    func lateClock() {
        var machine = live(at: 4)
        for number in 5...9 {
            let header = DurableHeader(
                id: id(number * 10),
                previous: number == 5 ? id(4) : id(number * 10 - 10),
                number: number
            )
            #expect(machine.pushed(header, payload(number)) == .deliver)
        }
        #expect(machine.position?.id == id(90))
        machine.subscribed()
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        let new = DurableEntry(id: id(65), number: 7, payload: "new")
        let newer = DurableEntry(id: id(95), number: 8, payload: "newer")
        machine.answered(.entries([newer]), into: &outputs)
        _ = machine.nextQuestion()
        let common = DurableEntry(id: id(60), number: 6, payload: "60")
        machine.answered(.entries([new, common]), into: &outputs)
        #expect(outputs == [.rewound(to: DurablePosition(id: id(60), number: 6), lost: 3)])
        #expect(machine.nextQuestion() == .from(id(60), count: 17))
    }

    @Test("does not count what it cannot know: behind an id without a number")
    func withoutNumber() {
        var machine = ContinuityMachine(from: DurablePosition(id: id(4)))
        machine.subscribed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [4, 5]) == [replayed(5)])
        #expect(machine.position == position(5))
        // The number is known as soon as the entry was seen.
        var seen = ContinuityMachine(from: DurablePosition(id: id(4)))
        seen.subscribed()
        let gap = Output.gap(missed: 2, after: position(4), before: position(7))
        #expect(ask(&seen, [entry(4), entry(7)]) == [gap, replayed(7)])
        var other = ContinuityMachine(fromMilliseconds: 5)
        other.subscribed()
        #expect(other.nextQuestion() == .from(RedisStreamID(milliseconds: 4, sequence: .max), count: 17))
        #expect(answer(&other, [7]) == [replayed(7)])
    }

    @Test("tells of a gap at the beginning of a channel whose first messages are trimmed")
    func trimmedBeginning() {
        var machine = ContinuityMachine(from: .beginning)
        machine.subscribed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [8]) == [.gap(missed: 7, after: .beginning, before: position(8)), replayed(8)])
    }

    @Test("finds out what a server has lost by what was delivered, and goes on from there")
    func rewound() {
        var machine = live(at: 4)
        for number in 5...9 { _ = push(number, to: &machine) }
        // The new primary has had 1 to 6, and then another 7, of a later time.
        let header = DurableHeader(id: id(20), previous: id(6), number: 7)
        #expect(machine.pushed(header, "new") == .keep)
        #expect(machine.nextQuestion() == .from(id(9), count: 17))
        let new = DurableEntry(id: id(20), number: 7, payload: "new")
        var outputs: [Output] = []
        machine.answered(.entries([new]), into: &outputs)
        #expect(outputs == [])
        #expect(machine.nextQuestion() == .back(id(9), count: 64))
        machine.answered(.entries([entry(6), entry(5), entry(4)]), into: &outputs)
        #expect(outputs == [.rewound(to: position(6), lost: 3)])
        #expect(machine.nextQuestion() == .from(id(6), count: 17))
        outputs = []
        machine.answered(.entries([entry(6), new]), into: &outputs)
        #expect(outputs == [.replayed(DurablePosition(id: id(20), number: 7), "new")])
    }

    @Test("finds out that a server has lost the last messages, also when nothing new is published")
    func rewoundAndSilent() {
        var machine = live(at: 4)
        for number in 5...9 { _ = push(number, to: &machine) }
        machine.subscribed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, []) == [])
        #expect(machine.nextQuestion() == .information)
        var outputs: [Output] = []
        machine.answered(.information(lastID: id(6)), into: &outputs)
        #expect(machine.nextQuestion() == .back(id(9), count: 64))
        #expect(answer(&machine, [6, 5, 4]) == [.rewound(to: position(6), lost: 3)])
        _ = machine.nextQuestion()
        #expect(answer(&machine, [6]) == [])
        #expect(machine.nextQuestion() == nil)
        #expect(push(7, to: &machine) == .deliver)
        // It is lost as well, and 6 with it.
        machine.missed()
        #expect(ask(&machine, []) == [])
        #expect(ask(&machine, last: 6) == [])
        #expect(ask(&machine, [entry(6)]) == [.rewound(to: position(6), lost: 1)])
        #expect(ask(&machine, []) == [])
        #expect(machine.nextQuestion() == .information)
    }

    @Test("finds out that a server has lost all that was delivered since the beginning")
    func rewoundToTheStart() {
        var machine = ContinuityMachine(from: position(4))
        machine.subscribed()
        #expect(ask(&machine, [entry(4), entry(5), entry(6)]) == [replayed(5), replayed(6)])
        machine.missed()
        #expect(ask(&machine, []) == [])
        #expect(ask(&machine, last: 4) == [])
        #expect(ask(&machine, [entry(4), entry(3)]) == [.rewound(to: position(4), lost: 2)])
    }

    @Test("tells nothing when the last message is there again")
    func thereAgain() {
        var machine = live(at: 4)
        machine.missed()
        #expect(ask(&machine, []) == [])
        #expect(ask(&machine, last: 2) == [])
        #expect(ask(&machine, [entry(4)]) == [])
        #expect(ask(&machine, [entry(4), entry(5)]) == [replayed(5)])
    }

    @Test("knows another history by an entry between two that were delivered one after the other")
    func between() {
        var machine = live(at: 4)
        #expect(machine.pushed(DurableHeader(id: id(90), previous: id(4), number: 5), "5") == .deliver)
        machine.missed()
        #expect(ask(&machine, [new(95, as: 3)]) == [])
        #expect(ask(&machine, [new(65, as: 2)]) == [.rewound(to: nil, lost: 4)])
        #expect(machine.nextQuestion() == .from(RedisStreamID(milliseconds: 64, sequence: .max), count: 17))
    }

    @Test("knows another history by the number of the last message")
    func sameIDAlone() {
        var machine = live(at: 4)
        machine.missed()
        #expect(ask(&machine, [new(4, as: 2)]) == [])
        #expect(ask(&machine, [new(3, as: 1)]) == [.rewound(to: nil, lost: nil)])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
    }

    @Test("does not take a foreign entry for a part of another history")
    func foreign() {
        var machine = live(at: 4)
        machine.missed()
        #expect(ask(&machine, [entry(6)]) == [])
        #expect(ask(&machine, [foreignEntry(3)]) == [])
        let gap = Output.gap(missed: 1, after: position(4), before: position(6))
        #expect(ask(&machine, [entry(6)]) == [gap, replayed(6)])
        for start in [nil, DurablePosition.beginning] {
            var other = ContinuityMachine(from: start)
            other.subscribed()
            #expect(ask(&other, []) == [])
            let first = DurableHeader(id: id(40), previous: .zero, number: 1)
            #expect(other.pushed(first, "1") == .deliver)
            other.missed()
            #expect(ask(&other, []) == [])
            #expect(ask(&other, last: 7) == [])
            // It is before the first message that was delivered.
            let unknown = Output.gap(missed: nil, after: first.position, before: DurablePosition(id: id(7)))
            #expect(ask(&other, [foreignEntry(7)]) == [.rewound(to: nil, lost: nil), unknown])
        }
    }

    @Test("reads anew what is pushed with the place of a message of another history")
    func forgets() {
        var numbered = live(at: 9)
        numbered.missed()
        _ = ask(&numbered, [new(20, as: 11)])
        #expect(ask(&numbered, [new(8, as: 10)]) == [.rewound(to: nil, lost: 0)])
        _ = ask(&numbered, [new(8, as: 10), new(20, as: 11)])
        #expect(numbered.nextQuestion() == nil)
        #expect(push(9, to: &numbered) == .keep)
        #expect(numbered.nextQuestion() == .from(id(20), count: 17))
        var again = live(at: 9)
        again.missed()
        _ = ask(&again, [new(20, as: 3)])
        #expect(ask(&again, [new(8, as: 2)]) == [.rewound(to: nil, lost: nil)])
        _ = ask(&again, [new(20, as: 3)])
        #expect(push(9, to: &again) == .keep)
        #expect(again.nextQuestion() == .from(id(20), count: 17))
        var behind = live(at: 40)
        behind.missed()
        _ = ask(&behind, [])
        _ = ask(&behind, last: 7)
        #expect(ask(&behind, [entry(7)]).first == .rewound(to: nil, lost: nil))
        #expect(ask(&behind, [entry(7)]) == [])
        #expect(push(40, to: &behind) == .keep)
        #expect(behind.nextQuestion() == .from(id(7), count: 17))
        var deleted = live(at: 4)
        deleted.missed()
        _ = ask(&deleted, [])
        _ = deleted.nextQuestion()
        var outputs: [Output] = []
        deleted.answered(.missing, into: &outputs)
        #expect(outputs == [.rewound(to: .beginning, lost: nil)])
        #expect(ask(&deleted, []) == [])
        #expect(push(4, to: &deleted) == .keep)
        #expect(deleted.nextQuestion() == .from(.zero, count: 17))
    }

    @Test("says that it does not know how much was lost when nothing that was delivered is left")
    func unknownHistory() {
        var machine = live(at: 9)
        machine.missed()
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        machine.answered(.entries([DurableEntry(id: id(20), number: 3, payload: "x")]), into: &outputs)
        _ = machine.nextQuestion()
        machine.answered(.entries([DurableEntry(id: id(8), number: 2, payload: "x")]), into: &outputs)
        #expect(outputs == [.rewound(to: nil, lost: nil)])
        #expect(machine.nextQuestion() == .from(id(9), count: 17))
        outputs = []
        machine.answered(.entries([DurableEntry(id: id(20), number: 3, payload: "x")]), into: &outputs)
        #expect(outputs == [.replayed(DurablePosition(id: id(20), number: 3), "x")])
    }

    @Test("tells that the stream was deleted, and begins again")
    func deleted() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        _ = answer(&machine, [])
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        machine.answered(.missing, into: &outputs)
        #expect(outputs == [.rewound(to: .beginning, lost: nil)])
        #expect(machine.nextQuestion() == .from(.zero, count: 17))
        #expect(answer(&machine, []) == [])
        #expect(machine.nextQuestion() == nil)
        #expect(push(1, to: &machine, after: 0) == .deliver)
    }

    @Test("is not deceived by another stream of the same millisecond, which has the same ids")
    func sameIDs() {
        func other(_ number: Int, as count: Int) -> DurableEntry {
            DurableEntry(id: id(number), number: count, payload: "new \(count)")
        }
        var machine = live(at: 2)
        for number in 3...5 { #expect(push(number, to: &machine) == .deliver) }
        // The stream is deleted, and 4, 5 and 6 come again, as its first messages.
        #expect(machine.pushed(DurableHeader(id: id(4), previous: .zero, number: 1), "new 1") == .keep)
        _ = machine.nextQuestion()
        #expect(answer(&machine, []) == [])
        #expect(machine.nextQuestion() == .information)
        #expect(machine.pushed(DurableHeader(id: id(5), previous: id(4), number: 2), "new 2") == .keep)
        var outputs: [Output] = []
        machine.answered(.information(lastID: id(5)), into: &outputs)
        #expect(machine.pushed(DurableHeader(id: id(6), previous: id(5), number: 3), "new 3") == .keep)
        #expect(machine.nextQuestion() == .from(id(5), count: 17))
        machine.answered(.entries([other(5, as: 2), other(6, as: 3)]), into: &outputs)
        #expect(machine.nextQuestion() == .back(id(5), count: 64))
        machine.answered(.entries([other(5, as: 2), other(4, as: 1)]), into: &outputs)
        _ = machine.nextQuestion()
        machine.answered(.entries([other(4, as: 1), other(5, as: 2), other(6, as: 3)]), into: &outputs)
        let told = outputs.filter { if case .rewound = $0 { true } else { false } }.count
        #expect(told == 1)
        let new = (1...3).map { Output.replayed(DurablePosition(id: id($0 + 3), number: $0), "new \($0)") }
        #expect(outputs.suffix(3) == new[...])
    }

    @Test("says nothing of a stream that was emptied behind the reader, and counts what it lost unread as unknown")
    func emptied() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        _ = answer(&machine, [])
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        machine.answered(.information(lastID: id(4)), into: &outputs)
        #expect(outputs == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        _ = answer(&machine, [])
        _ = machine.nextQuestion()
        machine.answered(.information(lastID: id(4)), into: &outputs)
        #expect(outputs == [])
        #expect(machine.nextQuestion() == nil)
        #expect(push(5, to: &machine) == .deliver)
        machine.missed()
        _ = machine.nextQuestion()
        _ = answer(&machine, [])
        _ = machine.nextQuestion()
        machine.answered(.information(lastID: id(7)), into: &outputs)
        // They may have come since the stream was read.
        #expect(outputs == [])
        #expect(machine.nextQuestion() == .from(id(5), count: 17))
        _ = answer(&machine, [])
        _ = machine.nextQuestion()
        machine.answered(.information(lastID: id(7)), into: &outputs)
        #expect(outputs == [.gap(missed: nil, after: position(5), before: DurablePosition(id: id(7)))])
        #expect(push(8, to: &machine) == .deliver)
    }

    @Test("asks no more about an empty stream, and takes numbers that do not go on for another one")
    func emptiedAndBegunAgain() {
        for number in [1, 4] {
            var machine = live(at: 4)
            machine.missed()
            for _ in 0..<2 {
                #expect(ask(&machine, []) == [])
                #expect(ask(&machine, last: 4) == [])
            }
            machine.missed()
            #expect(ask(&machine, []) == [])
            #expect(machine.nextQuestion() == nil)
            machine.missed()
            let new = new(20, as: number)
            #expect(ask(&machine, [new]) == [.rewound(to: nil, lost: nil), .replayed(new.position, "new")])
        }
    }

    @Test("looks twice each time whether a stream is empty")
    func looksTwice() {
        var machine = live(at: 4)
        machine.missed()
        #expect(ask(&machine, []) == [])
        #expect(ask(&machine, last: 4) == [])
        // Another server has taken over, and is emptied as well.
        #expect(ask(&machine, [entry(4)]) == [])
        machine.missed()
        #expect(ask(&machine, []) == [])
        #expect(ask(&machine, last: 4) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
    }

    @Test("looks no further back than to the first message that it remembers")
    func endOfHistory() {
        var machine = live(at: 100)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, [102]) == [])
        #expect(machine.nextQuestion() == .back(id(100), count: 64))
        // A full page, and there may be more before it.
        #expect(answer(&machine, (36...99).reversed()) == [])
        #expect(machine.nextQuestion() == .from(id(100), count: 17))
        let gap = Output.gap(missed: 1, after: position(100), before: position(102))
        #expect(answer(&machine, [102]) == [gap, replayed(102)])
    }

    @Test("looks no further back than to an entry that has taken the id of the first message that it remembers")
    func endOfAnotherHistory() {
        var machine = live(at: 36)
        for number in 37...100 { #expect(push(number, to: &machine) == .deliver) }
        machine.missed()
        #expect(ask(&machine, [new(100, as: 1100)]) == [])
        #expect(machine.nextQuestion() == .back(id(100), count: 64))
        var outputs: [Output] = []
        let page = ([36] + Array(38...100)).reversed().map { new($0, as: $0 + 1000) }
        machine.answered(.entries(page), into: &outputs)
        #expect(outputs == [.rewound(to: nil, lost: 0)])
        #expect(machine.nextQuestion() == .from(RedisStreamID(milliseconds: 35, sequence: .max), count: 17))
    }

    @Test("goes on looking back while a page of history does not reach what it remembers")
    func moreHistory() {
        var machine = live(at: 1)
        #expect(push(2, to: &machine) == .deliver)
        let last = DurableHeader(id: id(1000), previous: id(2), number: 3)
        #expect(machine.pushed(last, "3") == .deliver)
        machine.missed()
        _ = machine.nextQuestion()
        // The server has lost 3 and has a hundred others before its time.
        let new = (0..<100).map { DurableEntry(id: id(500 + $0), number: 3 + $0, payload: "new") }
        var outputs: [Output] = []
        machine.answered(.entries([DurableEntry(id: id(2000), number: 103, payload: "new")]), into: &outputs)
        #expect(machine.nextQuestion() == .back(id(1000), count: 64))
        machine.answered(.entries(new.suffix(64).reversed()), into: &outputs)
        #expect(outputs == [])
        #expect(machine.nextQuestion() == .back(id(536), count: 64))
        machine.answered(.entries(new.prefix(37).reversed() + [entry(2), entry(1)]), into: &outputs)
        #expect(outputs == [.rewound(to: position(2), lost: 1)])
        #expect(machine.nextQuestion() == .from(id(2), count: 17))
    }

    @Test("remembers the last 64 messages at least, and 128 at most")
    func memory() {
        /// How many a server has lost that has only the message `depth` before the last one.
        func lost(_ depth: Int, after count: Int) -> Output? {
            var machine = live(at: 1)
            for number in 2...count { #expect(push(number, to: &machine) == .deliver) }
            machine.missed()
            _ = machine.nextQuestion()
            #expect(answer(&machine, []) == [])
            var outputs: [Output] = []
            _ = machine.nextQuestion()
            machine.answered(.information(lastID: id(count - depth)), into: &outputs)
            _ = machine.nextQuestion()
            return answer(&machine, [count - depth]).first
        }
        for count in 128...192 {
            #expect(lost(63, after: count) == .rewound(to: position(count - 63), lost: 63), "\(count)")
        }
        #expect(lost(127, after: 128) == .rewound(to: position(1), lost: 127))
        #expect(lost(128, after: 129) == .rewound(to: nil, lost: nil))
        #expect(lost(128, after: 192) == .rewound(to: nil, lost: nil))
    }

    @Test("begins at the start of another stream, of a server whose clock is late, with what comes next")
    func otherStreamBehind() {
        var machine = live(at: 40)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(answer(&machine, []) == [])
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        machine.answered(.information(lastID: id(7)), into: &outputs)
        #expect(machine.nextQuestion() == .back(id(40), count: 64))
        // 5 to 7 of the other stream cannot be told from what was before 40.
        #expect(
            answer(&machine, [7, 6, 5])
                == [.rewound(to: nil, lost: nil), .gap(missed: nil, after: position(40), before: position(7))]
        )
        #expect(machine.nextQuestion() == .from(id(7), count: 17))
        #expect(answer(&machine, [7, 8]) == [replayed(8)])
        var empty = live(at: 40)
        empty.missed()
        _ = empty.nextQuestion()
        #expect(answer(&empty, []) == [])
        _ = empty.nextQuestion()
        empty.answered(.information(lastID: id(7)), into: &outputs)
        _ = empty.nextQuestion()
        #expect(answer(&empty, []) == [.rewound(to: nil, lost: nil)])
        #expect(empty.nextQuestion() == .from(.zero, count: 17))
        #expect(answer(&empty, []) == [])
        #expect(push(1, to: &empty) == .deliver)
    }

    @Test("delivers an entry that has taken the id of the last message, whatever its number")
    func sameIDDelivered() {
        var machine = live(at: 4)
        machine.missed()
        #expect(ask(&machine, [new(4, as: 2), new(5, as: 3)]) == [])
        #expect(ask(&machine, [new(4, as: 2)]) == [.rewound(to: nil, lost: 3)])
        #expect(
            ask(&machine, [new(4, as: 2), new(5, as: 3)])
                == [4, 5].map { .replayed(DurablePosition(id: id($0), number: $0 - 2), "new") }
        )
    }
}
