import RedisRESP
import RedisStreams
import TestSupport
import Testing

@Suite("What is pushed while a durable channel is read", .tags(.unit))
struct ContinuityHeldTests: ContinuityScene {
    @Test("delivers nothing that is not in the stream, and tells that something was pushed")
    func forged() {
        var machine = live(at: 4)
        #expect(push(900, to: &machine, after: 800) == .keep)
        _ = machine.nextQuestion()
        let gap = Output.gap(missed: nil, after: position(4), before: position(900))
        #expect(answer(&machine, [4]) == [gap])
        #expect(machine.nextQuestion() == nil)
        #expect(push(5, to: &machine) == .deliver)
    }

    @Test("reads once more before it gives up what was pushed and is not among what has come")
    func forgedBehindOthers() {
        var machine = live(at: 4)
        #expect(push(900, to: &machine, after: 800) == .keep)
        #expect(ask(&machine, [entry(4), entry(5)]) == [replayed(5)])
        #expect(ask(&machine, [entry(5)]) == [.gap(missed: nil, after: position(5), before: position(900))])
        #expect(machine.nextQuestion() == nil)
    }

    @Test("gives up what was pushed and is not in a stream that was emptied")
    func forgedBehindNothing() {
        var machine = live(at: 4)
        #expect(push(900, to: &machine, after: 800) == .keep)
        #expect(ask(&machine, []) == [])
        #expect(ask(&machine, last: 4) == [])
        #expect(ask(&machine, []) == [])
        #expect(ask(&machine, last: 4) == [.gap(missed: nil, after: position(4), before: position(900))])
        #expect(machine.nextQuestion() == nil)
    }

    @Test("reads what did not come between two messages that were pushed while the stream was read")
    func hole() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(push(5, to: &machine) == .keep)
        #expect(push(7, to: &machine) == .keep)
        #expect(answer(&machine, [4]) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, [4, 5, 6, 7]) == [replayed(5), replayed(6), replayed(7)])
        #expect(machine.nextQuestion() == nil)
    }

    @Test("does not give up what was pushed after the stream was asked")
    func pushedMeanwhile() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        // 5 is lost, 6 comes while the answer is on its way.
        #expect(push(6, to: &machine) == .keep)
        #expect(answer(&machine, [4]) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, [4, 5, 6]) == [replayed(5), replayed(6)])
        #expect(machine.nextQuestion() == nil)
    }

    @Test("holds a bounded number of messages, and reads the rest")
    func bounded() {
        var machine = live(at: 0)
        machine.missed()
        _ = machine.nextQuestion()
        let count = 1024 + 5
        for number in 2...(count + 1) { #expect(push(number, to: &machine) == .keep) }
        #expect(answer(&machine, []) == [])
        #expect(machine.nextQuestion() == .from(id(0), count: 17))
    }

    @Test("holds a mebibyte of messages, and reads the rest")
    func boundedBytes() {
        let half = RedisBytes([UInt8](repeating: 0, count: 1 << 19))
        func released(_ last: RedisBytes) -> Int {
            var machine = live(at: 4)
            machine.missed()
            _ = machine.nextQuestion()
            for (number, payload) in zip(5..., [half, half, last]) {
                let header = DurableHeader(id: id(number), previous: id(number - 1), number: number)
                #expect(machine.pushed(header, payload) == .keep)
            }
            return answer(&machine, [4]).count
        }
        #expect(released("") == 3)
        #expect(released("x") == 0)
    }

    @Test("holds 1,024 messages, and as many again after it has forgotten them")
    func boundedCount() {
        func released(_ count: Int, again: Bool) -> Int {
            var machine = live(at: 4)
            machine.missed()
            _ = machine.nextQuestion()
            for number in 5..<(5 + count) { #expect(push(number, to: &machine) == .keep) }
            guard again else { return answer(&machine, [4]).count }
            machine.missed()
            for number in 5..<(5 + count) { #expect(push(number, to: &machine) == .keep) }
            #expect(answer(&machine, [4]) == [])
            _ = machine.nextQuestion()
            return answer(&machine, [4]).count
        }
        #expect(released(1024, again: false) == 1024)
        #expect(released(1025, again: false) == 0)
        #expect(released(1024, again: true) == 1024)
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        for number in 5..<(5 + 1025) { #expect(push(number, to: &machine) == .keep) }
        #expect(answer(&machine, [4]) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, [4]) == [], "they are forgotten")
    }

    @Test("has a mebibyte to hold after it has forgotten what it held")
    func boundedBytesAgain() {
        let half = RedisBytes([UInt8](repeating: 0, count: 1 << 19))
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        for _ in 0..<2 {
            machine.missed()
            for number in 5...6 {
                let header = DurableHeader(id: id(number), previous: id(number - 1), number: number)
                #expect(machine.pushed(header, half) == .keep)
            }
        }
        #expect(answer(&machine, [4]) == [])
        _ = machine.nextQuestion()
        #expect(answer(&machine, [4]).count == 2)
    }

    @Test("does not deliver what was pushed before messages may have been missed: another server may not have it")
    func heldBeforeALoss() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(push(5, to: &machine) == .keep)
        machine.missed()
        #expect(answer(&machine, [4]) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, [4]) == [])
        #expect(machine.nextQuestion() == nil)
        #expect(push(5, to: &machine) == .deliver)
    }

    @Test("does not deliver what was pushed until everything that may have been missed is read")
    func heldWhileMissing() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        machine.missed()
        #expect(push(5, to: &machine) == .keep)
        #expect(answer(&machine, [4]) == [])
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, [4]) == [message(5)])
        var other = live(at: 4)
        other.missed()
        #expect(push(5, to: &other) == .keep, "nobody has asked yet")
        #expect(ask(&other, [entry(4)]) == [message(5)])
    }

    @Test("does not deliver what was pushed while it is not known what has become of the last message")
    func heldWhileSuspicious() {
        var machine = live(at: 4)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(push(5, to: &machine) == .keep)
        #expect(answer(&machine, []) == [])
        #expect(push(6, to: &machine) == .keep)
        #expect(machine.nextQuestion() == .information)
        var outputs: [Output] = []
        machine.answered(.information(lastID: id(4)), into: &outputs)
        _ = machine.nextQuestion()
        machine.answered(.entries([]), into: &outputs)
        _ = machine.nextQuestion()
        machine.answered(.information(lastID: id(4)), into: &outputs)
        #expect(outputs == [message(5), message(6)])
        #expect(machine.nextQuestion() == nil)
        var other = live(at: 4)
        other.missed()
        _ = other.nextQuestion()
        #expect(answer(&other, []) == [])
        #expect(push(5, to: &other) == .keep, "nobody has asked yet")
    }

    @Test("reads what was pushed before the reader was full, and nothing if nothing was")
    func becomesFull() {
        var machine = live(at: 4)
        machine.becameFull()
        machine.becameFree()
        #expect(machine.nextQuestion() == nil)
        machine.missed()
        _ = machine.nextQuestion()
        #expect(push(5, to: &machine) == .keep)
        machine.becameFull()
        #expect(answer(&machine, [4]) == [])
        machine.becameFree()
        #expect(machine.nextQuestion() == .from(id(4), count: 17))
        #expect(answer(&machine, [4, 5]) == [replayed(5)])
        // Another server may have taken over meanwhile that has not got 6.
        machine.missed()
        _ = machine.nextQuestion()
        #expect(push(6, to: &machine) == .keep)
        machine.becameFull()
        #expect(answer(&machine, [5]) == [])
        machine.becameFree()
        #expect(ask(&machine, [entry(5)]) == [])
        // What was held is delivered, so that nothing is left to read.
        machine.missed()
        _ = machine.nextQuestion()
        #expect(push(6, to: &machine) == .keep)
        #expect(answer(&machine, [5]) == [message(6)])
        machine.becameFull()
        machine.becameFree()
        #expect(machine.nextQuestion() == nil)
    }
}
