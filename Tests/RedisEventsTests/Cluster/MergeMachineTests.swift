import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import TestSupport
import Testing

@Suite("Merging lines of several servers", .tags(.unit), .timeLimit(.minutes(1)))
struct MergeMachineTests {
    private let start = ContinuousClock.now

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start.advanced(by: .milliseconds(milliseconds)) }

    /// Lines as `time name`, separated by commas; `!` is a link event.
    private func lines(_ text: String) -> Segment<Monitor.Event> {
        var segment = Segment<Monitor.Event>()
        for line in text.split(separator: ",") {
            if line == "!" {
                segment.append(.link(.lost(RedisDisconnect(.endOfStream, "eof"), at: RedisTimestamp(microseconds: 0))))
            } else {
                let parts = line.split(separator: " ")
                let time = RedisTimestamp(microseconds: Int64(parts[0]) ?? 0)
                segment.append(RedisBytes(String(parts[1])).rawSpan, at: time, node: .none)
            }
        }
        return segment
    }

    private func names(_ segment: inout Segment<Monitor.Event>) -> String {
        let mailbox = Mailbox<Monitor.Event>(limit: RedisBufferLimit())
        mailbox.commit(&segment)
        var found = ""
        while case .item(let item) = mailbox.poll() {
            switch item {
            case .record(let record, let slab):
                found += RedisBytes(storage: slab, start: record.start, count: record.byteCount).description
            case .control: found += "!"
            }
        }
        return found
    }

    private typealias Machine = MergeMachine<Monitor.Event>

    private func add(_ text: String, _ input: Int, at milliseconds: Int, to machine: inout Machine) {
        var segment = lines(text)
        machine.add(&segment, from: input, at: at(milliseconds))
        #expect(segment.isEmpty)
    }

    private func release(_ machine: inout Machine, at milliseconds: Int) -> (String, ContinuousClock.Instant?) {
        var output = Segment<Monitor.Event>()
        let due = machine.release(at: at(milliseconds), into: &output)
        return (names(&output), due)
    }

    private func machine(up inputs: Int, window: Int = 100, limit: RedisBufferLimit = RedisBufferLimit()) -> Machine {
        var machine = Machine(window: .milliseconds(window), limit: limit)
        for input in 0..<inputs { machine.linkChanged(of: input, isUp: true) }
        return machine
    }

    @Test("lets a line go when all others have shown its time or a later one")
    func showsLater() {
        var machine = machine(up: 2)
        add("10 a,30 b", 0, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("", at(100)))
        add("20 c,30 d", 1, at: 1, to: &machine)
        #expect(release(&machine, at: 1) == ("acbd", nil))
        #expect(machine.heldEvents == 0 && machine.heldBytes == 0)
    }

    @Test("does not wait for a server whose link has never been up")
    func neverUp() {
        var machine = machine(up: 1)
        add("5 a", 1, at: 0, to: &machine)
        add("6 b", 0, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("ab", nil))
        add("7 c", 0, at: 1, to: &machine)
        #expect(release(&machine, at: 1) == ("c", nil))
    }

    @Test("waits for a quiet server no longer than the window, for one that is down not at all")
    func quiet() {
        var machine = machine(up: 3)
        machine.linkChanged(of: 2, isUp: false)
        add("10 a", 0, at: 0, to: &machine)
        add("20 b", 0, at: 50, to: &machine)
        #expect(release(&machine, at: 99) == ("", at(100)))
        #expect(release(&machine, at: 100) == ("a", at(150)))
        machine.linkChanged(of: 1, isUp: false)
        #expect(release(&machine, at: 101) == ("b", nil))
    }

    @Test("keeps each server's own order, also when its clock steps back")
    func stepBack() {
        var machine = machine(up: 2)
        add("50 a,10 b,60 c", 0, at: 0, to: &machine)
        add("20 d,55 e,70 f", 1, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("dabec", at(100)))
        #expect(release(&machine, at: 100) == ("f", nil))
    }

    @Test("of equal times gives the first server's first")
    func ties() {
        var machine = machine(up: 2)
        add("10 c,10 d", 1, at: 0, to: &machine)
        add("10 a,10 b", 0, at: 0, to: &machine)
        #expect(release(&machine, at: 0).0 == "abcd")
        add("5 c,10 d", 1, at: 1, to: &machine)
        add("10 a", 0, at: 1, to: &machine)
        #expect(release(&machine, at: 1).0 == "cad")
    }

    @Test("lets link events go as soon as nothing of their server is before them")
    func controls() {
        var machine = machine(up: 2)
        add("!,10 a,!,20 b", 0, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("!", at(100)))
        add("15 c", 1, at: 1, to: &machine)
        #expect(release(&machine, at: 1) == ("a!c", at(100)))
    }

    @Test("gives up the order rather than hold more than the limit")
    func limit() {
        var machine = machine(up: 2, limit: RedisBufferLimit(events: 2, bytes: .max))
        add("10 a,20 b,30 c", 0, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("a", at(100)))
        #expect(machine.heldEvents == 2)
        let cost = 1 + MemoryLayout<Record>.stride
        var small = self.machine(up: 2, limit: RedisBufferLimit(events: .max, bytes: cost))
        add("10 a,20 b,30 c", 0, at: 0, to: &small)
        #expect(release(&small, at: 0).0 == "ab")
        #expect(small.heldBytes == cost)
    }

    @Test("holds nothing for a read that brought nothing")
    func nothing() {
        var machine = machine(up: 2)
        add("", 0, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("", nil))
    }

    @Test("gives out all that it holds at the end, in order")
    func all() {
        var machine = machine(up: 3)
        add("10 a,30 b,!,50 c", 0, at: 0, to: &machine)
        add("20 d,40 e", 1, at: 0, to: &machine)
        var output = Segment<Monitor.Event>()
        machine.releaseAll(into: &output)
        #expect(names(&output) == "adb!ec")
        #expect(machine.heldEvents == 0 && machine.heldBytes == 0)
    }

    @Test("holds nothing without a window")
    func noWindow() {
        var machine = machine(up: 2, window: 0)
        add("20 a", 0, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("a", nil))
        add("10 b", 1, at: 0, to: &machine)
        #expect(release(&machine, at: 0) == ("b", nil))
    }

    @Test("gives out what an ended input holds, and forgets the input")
    func ended() {
        var machine = machine(up: 2)
        add("10 a", 0, at: 0, to: &machine)
        machine.inputEnded(0)
        #expect(release(&machine, at: 0) == ("", at(100)))
        machine.inputEnded(1)
        #expect(release(&machine, at: 1) == ("a", nil))
        // What comes under its number is another input, which has shown nothing.
        add("30 b", 1, at: 2, to: &machine)
        #expect(release(&machine, at: 2) == ("b", nil))
        machine.linkChanged(of: 0, isUp: true)
        add("5 c", 1, at: 3, to: &machine)
        #expect(release(&machine, at: 3) == ("", at(103)))
    }
}
