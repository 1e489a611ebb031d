import RedisStreams
import TestSupport
import Testing

@Suite("What a consumer of a group does next", .tags(.unit))
struct GroupMachineTests {
    private let start = ContinuousClock.now

    private func machine(
        streams: Int = 1,
        limit: Int = 10,
        hasPriorities: Bool = false,
        recovers: Bool = false,
        claims: Bool = true,
        visibility: Duration = .seconds(30)
    ) -> Machine {
        var machine = GroupMachine(
            streamCount: streams,
            hasPriorities: hasPriorities,
            visibility: visibility,
            limit: limit,
            recovers: recovers,
            at: start
        )
        machine.setReadsClaim(claims, at: start)
        for stream in 0..<streams { machine.created(stream) }
        for stream in 0..<streams { machine.swept(stream, next: .zero, at: start, random: 1) }
        return Machine(machine)
    }

    private func after(_ millis: Int) -> ContinuousClock.Instant { start.advanced(by: .milliseconds(millis)) }

    private func number(_ number: UInt64?) throws -> UInt64 { try #require(number) }

    private func place(_ number: UInt64, _ stream: Int = 0) -> GroupMachine.Place {
        GroupMachine.Place(stream: stream, id: RedisStreamID(milliseconds: number))
    }

    @Test("makes the groups first, looks for what it had, sweeps, and reads then")
    func order() {
        let machine = Machine(
            GroupMachine(
                streamCount: 1,
                hasPriorities: false,
                visibility: .seconds(30),
                limit: 4,
                recovers: true,
                at: start
            )
        )
        #expect(machine.nextStep(at: start) == .create(stream: 0))
        machine.value.created(0)
        #expect(machine.nextStep(at: start) == .recover(stream: 0, from: .zero))
        let next = RedisStreamID(milliseconds: 7)
        machine.value.recovered(0, goingOnFrom: next)
        #expect(machine.nextStep(at: start) == .recover(stream: 0, from: next))
        machine.value.recovered(0, goingOnFrom: nil)
        #expect(machine.nextStep(at: start) == .sweep(stream: 0, from: .zero, count: 4))
        machine.value.setReadsClaim(false, at: start)
        // The cursor is kept.
        machine.value.swept(0, next: next, at: start, random: 0)
        #expect(machine.nextStep(at: start) == .sweep(stream: 0, from: next, count: 4))
        machine.value.swept(0, next: .zero, at: start, random: 0)
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 4, blocking: .seconds(5)))
        let later = start.advanced(by: .milliseconds(13_500))
        #expect(machine.nextStep(at: later) == .sweep(stream: 0, from: .zero, count: 4))
    }

    @Test("asks for no more than there is room for")
    func room() {
        let machine = machine(limit: 3)
        let first = machine.took(place(1), sentAt: start)
        _ = machine.took(place(2), sentAt: start)
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 1, blocking: .seconds(5)))
        _ = machine.took(place(3), sentAt: start)
        #expect(machine.nextStep(at: start) == .wait)
        if let first { machine.value.ended(place(1), first) }
        // The server does not know yet, but there is a free handler.
        #expect(machine.room == 1 && machine.has(place(1)))
        if let first { machine.value.ended(place(1), first) }
        #expect(machine.room == 1)
        if let first { machine.value.notEnded(place(1), first) }
        #expect(machine.nextStep(at: start) == .wait)
        if let first { machine.value.settled(place(1), first) }
        #expect(machine.room == 1 && !machine.has(place(1)))
        machine.value.setLimit(0)
        #expect(machine.nextStep(at: start) == .wait)
        let empty = self.machine(limit: 5000)
        #expect(empty.nextStep(at: start) == .read(streams: [0], count: 1000, blocking: .seconds(5)))
        empty.value.setLimit(0)
        #expect(empty.nextStep(at: start) == .wait)
    }

    @Test("waits longer while nothing comes, and until the next sweep where it has to sweep")
    func blocking() {
        let machine = machine()
        _ = machine.readEnded(0, isBlocking: true, at: start)
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(10)))
        _ = machine.readEnded(1, isBlocking: true, at: start)
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(5)))
        machine.value.setReadsClaim(false, at: start)
        // It has turned out to be necessary.
        let half = start.advanced(by: .seconds(15))
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(5)))
        #expect(machine.nextStep(at: half) == .sweep(stream: 0, from: .zero, count: 10))
        #expect(machine.nextStep(at: after(14_999)) == .read(streams: [0], count: 10, blocking: .milliseconds(1)))
        machine.value.gaveBack(0, claimableAt: start.advanced(by: .seconds(2)))
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(2)))
        #expect(machine.nextStep(at: start.advanced(by: .seconds(2))) == .sweep(stream: 0, from: .zero, count: 10))
    }

    @Test("sweeps rarely where reads claim, whatever was given back, and waits no less for that")
    func rareSweep() {
        let machine = machine()
        machine.value.gaveBack(0, claimableAt: after(1000))
        let read = GroupMachine.Step.read(streams: [0], count: 10, blocking: .seconds(5))
        #expect(machine.nextStep(at: after(1000)) == read)
        #expect(machine.nextStep(at: after(599_999)) == read)
        #expect(machine.nextStep(at: after(600_000)) == .sweep(stream: 0, from: .zero, count: 10))
    }

    @Test("shares the room out among streams, and looks at them one by one where it is short")
    func streams() {
        let machine = machine(streams: 3, limit: 7)
        #expect(machine.nextStep(at: start) == .read(streams: [0, 1, 2], count: 2, blocking: .seconds(5)))
        machine.value.setLimit(2)
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 2, blocking: nil))
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
        #expect(machine.nextStep(at: start) == .read(streams: [1], count: 2, blocking: nil))
        _ = machine.took(place(1, 1), sentAt: start)
        #expect(machine.readEnded(1, isBlocking: false, at: start) == nil)
        #expect(machine.nextStep(at: start) == .read(streams: [2], count: 1, blocking: nil))
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
        // The next round begins with another one, and after nothing was found all are waited for.
        for stream in [1, 2] {
            #expect(machine.nextStep(at: start) == .read(streams: [stream], count: 1, blocking: nil))
            #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
        }
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 1, blocking: nil))
        let all = GroupMachine.Step.read(streams: [0, 1, 2], count: 1, blocking: .seconds(5))
        #expect(machine.readEnded(0, isBlocking: false, at: start) == all)
    }

    @Test("begins with the first stream each time where they have priorities")
    func priorities() {
        let machine = machine(streams: 2, limit: 9, hasPriorities: true)
        for _ in 0..<3 {
            #expect(machine.nextStep(at: start) == .read(streams: [0], count: 9, blocking: nil))
            #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
            #expect(machine.nextStep(at: start) == .read(streams: [1], count: 9, blocking: nil))
            #expect(machine.readEnded(1, isBlocking: false, at: start) == nil)
        }
        let alone = self.machine(hasPriorities: true)
        #expect(alone.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(5)))
        let exact = self.machine(streams: 3, limit: 3)
        #expect(exact.nextStep(at: start) == .read(streams: [0, 1, 2], count: 1, blocking: .seconds(5)))
    }

    @Test("begins with the first stream again after anything has come between")
    func interrupted() throws {
        let machine = machine(streams: 2, limit: 1, hasPriorities: true)
        let first = GroupMachine.Step.read(streams: [0], count: 1, blocking: nil)
        #expect(machine.nextStep(at: start) == first)
        let taken = try number(machine.took(place(1), sentAt: start))
        #expect(machine.readEnded(1, isBlocking: false, at: start) == nil)
        #expect(machine.nextStep(at: start) == .wait)
        machine.value.settled(place(1), taken)
        #expect(machine.nextStep(at: start) == first)
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
        machine.value.lacksGroup()
        for stream in 0..<2 { machine.value.created(stream) }
        #expect(machine.nextStep(at: start) == first)
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
        machine.value.mayHaveMore()
        for stream in 0..<2 { machine.value.recovered(stream, goingOnFrom: nil) }
        #expect(machine.nextStep(at: start) == first)
        machine.value.mayHaveMore()
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil, "nobody waits for it any more")
        for stream in 0..<2 { machine.value.recovered(stream, goingOnFrom: nil) }
        #expect(machine.nextStep(at: start) == first)
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
        #expect(machine.nextStep(at: start) == .read(streams: [1], count: 1, blocking: nil))
        machine.value.setLimit(0)
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil, "there is no room to wait for")
    }

    @Test("begins to sweep anew where the group is made anew, and not for what was given back to the other one")
    func sweepsAnew() {
        let machine = machine(claims: false)
        let next = RedisStreamID(milliseconds: 7)
        machine.value.gaveBack(0, claimableAt: after(1000))
        machine.value.swept(0, next: next, at: start, random: 1)
        #expect(machine.nextStep(at: start) == .sweep(stream: 0, from: next, count: 10))
        machine.value.lacksGroup()
        machine.value.created(0)
        #expect(machine.nextStep(at: start) == .sweep(stream: 0, from: .zero, count: 10))
        machine.value.swept(0, next: .zero, at: start, random: 1)
        #expect(machine.nextStep(at: after(1000)) == .read(streams: [0], count: 10, blocking: .seconds(5)))
    }

    @Test("makes the groups anew that the server lacks, and looks for what may have been delivered")
    func losses() {
        let machine = machine(streams: 2)
        machine.value.lacksGroup()
        #expect(machine.nextStep(at: start) == .create(stream: 0))
        machine.value.created(0)
        #expect(machine.nextStep(at: start) == .create(stream: 1))
        machine.value.created(1)
        machine.value.mayHaveMore()
        #expect(machine.nextStep(at: start) == .recover(stream: 0, from: .zero))
        machine.value.recovered(0, goingOnFrom: nil)
        #expect(machine.nextStep(at: start) == .recover(stream: 1, from: .zero))
    }

    @Test("extends what it has for long, and knows when that is too late")
    func leases() throws {
        let machine = machine()
        let first = try number(machine.took(place(1), sentAt: start))
        let second = try number(machine.took(place(2), sentAt: start.advanced(by: .seconds(20))))
        let removed = try number(machine.took(place(3), sentAt: start))
        machine.value.removed(place(3), removed)
        func due(_ seconds: Int) -> (extended: [UInt64], lapsed: [UInt64]) {
            let due = machine.due(at: start.advanced(by: .seconds(seconds)), tick: .seconds(5))
            return (due.extended.map(\.1).sorted(), due.lapsed.map(\.1))
        }
        #expect(due(7) == ([], []))
        let quarter = machine.due(at: after(7500), tick: .seconds(5)).extended.map(\.1)
        #expect(quarter == [first])
        #expect(due(8) == ([first], []))
        #expect(due(24) == ([first], []))
        #expect(due(25) == ([], [first]))
        #expect(due(28) == ([second], [first]))
        machine.value.renewed(place(1), first, sentAt: start.advanced(by: .seconds(24)))
        #expect(due(28) == ([second], []))
        #expect(machine.lost(place(1), first))
        #expect(!machine.lost(place(1), first))
        #expect(!machine.lost(place(2), first))
        machine.value.ended(place(2), second)
        #expect(!machine.lost(place(2), second))
    }

    @Test("knows an entry that it gets again, and tells it from a later delivery")
    func again() throws {
        let machine = machine()
        let first = try number(machine.took(place(1), sentAt: start))
        _ = machine.lost(place(1), first)
        let again = machine.took(place(1), sentAt: start.advanced(by: .seconds(40)))
        #expect(again == nil)
        #expect(machine.hand(place(1), first)?.isLost == false)
        #expect(machine.hand(place(1), first)?.renewedAt == start.advanced(by: .seconds(40)))
        machine.value.settled(place(1), first)
        let second = try number(machine.took(place(1), sentAt: start))
        #expect(second != first)
        machine.value.settled(place(1), first)
        #expect(machine.hand(place(1), second) != nil)
        #expect(machine.unendedCount == 1 && !machine.isEmpty)
    }

    @Test("sweeps for each entry that was given back, also when that is later than the sweep for another one")
    func claimable() {
        let machine = machine(claims: false)
        machine.value.gaveBack(0, claimableAt: after(1000))
        machine.value.gaveBack(0, claimableAt: after(1500))
        machine.value.gaveBack(0, claimableAt: after(500))
        let sweep = GroupMachine.Step.sweep(stream: 0, from: .zero, count: 10)
        #expect(machine.nextStep(at: after(500)) == sweep)
        machine.value.swept(0, next: .zero, at: after(500), random: 1)
        #expect(machine.nextStep(at: after(500)) == .read(streams: [0], count: 10, blocking: .milliseconds(500)))
        // It is given back while the sweep is on its way, and while it goes on.
        #expect(machine.nextStep(at: after(1000)) == sweep)
        machine.value.gaveBack(0, claimableAt: after(1100))
        let next = RedisStreamID(milliseconds: 7)
        machine.value.swept(0, next: next, at: after(1200), random: 1)
        #expect(machine.nextStep(at: after(1200)) == .sweep(stream: 0, from: next, count: 10))
        machine.value.swept(0, next: .zero, at: after(1300), random: 1)
        #expect(machine.nextStep(at: after(1300)) == sweep)
        machine.value.swept(0, next: .zero, at: after(1300), random: 1)
        #expect(machine.nextStep(at: after(1300)) == .read(streams: [0], count: 10, blocking: .milliseconds(200)))
        #expect(machine.nextStep(at: after(1500)) == sweep)
        machine.value.swept(0, next: .zero, at: after(1500), random: 1)
        #expect(machine.nextStep(at: after(16400)) != sweep)
        #expect(machine.nextStep(at: after(16500)) == sweep)
        // However many there are, none waits for the usual sweep.
        machine.value.swept(0, next: .zero, at: after(20000), random: 1)
        for number in 1...1000 { machine.value.gaveBack(0, claimableAt: after(20_000 + number)) }
        #expect(machine.nextStep(at: after(21000)) == sweep)
        machine.value.swept(0, next: .zero, at: after(21000), random: 1)
        #expect(machine.nextStep(at: after(21000)) != sweep)
    }

    @Test("forgets every second time when very many entries were given back, and never the last one")
    func mostTimes() {
        let machine = machine(claims: false)
        let sweep = GroupMachine.Step.sweep(stream: 0, from: .zero, count: 10)
        for number in 1...256 { machine.value.gaveBack(0, claimableAt: after(number)) }
        #expect(machine.nextStep(at: after(1)) == sweep)
        machine.value.gaveBack(0, claimableAt: after(257))
        for number in 1...257 {
            let isKept = number % 2 == 0 || number == 257
            #expect((machine.nextStep(at: after(number)) == sweep) == isKept, "\(number)")
            if isKept { machine.value.swept(0, next: .zero, at: after(number), random: 1) }
        }
        #expect(machine.nextStep(at: after(258)) != sweep)
    }

    @Test("ends a sweep before it begins with another stream")
    func sweepsOneByOne() {
        let machine = machine(streams: 2, claims: false)
        machine.value.gaveBack(0, claimableAt: after(500))
        machine.value.gaveBack(1, claimableAt: after(600))
        #expect(machine.nextStep(at: after(1000)) == .sweep(stream: 0, from: .zero, count: 10))
        let next = RedisStreamID(milliseconds: 7)
        machine.value.swept(0, next: next, at: after(1000), random: 1)
        #expect(machine.nextStep(at: after(1000)) == .sweep(stream: 0, from: next, count: 10))
        machine.value.swept(0, next: .zero, at: after(1000), random: 1)
        #expect(machine.nextStep(at: after(1000)) == .sweep(stream: 1, from: .zero, count: 10))
    }

    @Test("waits again for all streams after it has waited in vain, instead of looking at each of them")
    func empty() {
        let machine = machine(streams: 3, limit: 1, hasPriorities: true)
        func look(at now: ContinuousClock.Instant) -> GroupMachine.Step? {
            for stream in 0..<2 {
                #expect(machine.nextStep(at: now) == .read(streams: [stream], count: 1, blocking: nil))
                #expect(machine.readEnded(0, isBlocking: false, at: now) == nil)
            }
            #expect(machine.nextStep(at: now) == .read(streams: [2], count: 1, blocking: nil))
            return machine.readEnded(0, isBlocking: false, at: now)
        }
        func all(_ time: Duration) -> GroupMachine.Step { .read(streams: [0, 1, 2], count: 1, blocking: time) }
        #expect(look(at: start) == all(.seconds(5)))
        // It was interrupted.
        var now = after(4979)
        _ = machine.readEnded(0, isBlocking: true, at: now)
        #expect(look(at: now) == all(.seconds(10)))
        for _ in 0..<3 {
            // The server may have counted a little less.
            now = now.advanced(by: .milliseconds(9980))
            _ = machine.readEnded(0, isBlocking: true, at: now)
            #expect(machine.nextStep(at: now) == all(.seconds(10)))
        }
        now = now.advanced(by: .seconds(10))
        _ = machine.readEnded(1, isBlocking: true, at: now)
        #expect(look(at: now) == all(.seconds(5)))
        // What one of them has brought ends the quiet as well.
        _ = machine.readEnded(0, isBlocking: true, at: now)
        #expect(machine.nextStep(at: now) == .read(streams: [0], count: 1, blocking: nil))
        #expect(machine.readEnded(1, isBlocking: false, at: now) == nil)
        for stream in 1..<3 {
            #expect(machine.nextStep(at: now) == .read(streams: [stream], count: 1, blocking: nil))
            #expect(machine.readEnded(0, isBlocking: false, at: now) == nil)
        }
        #expect(look(at: now) == all(.seconds(5)))
    }

    @Test("looks at each stream after a read of all of them that may have ended early")
    func endedEarly() {
        let machine = machine(streams: 2, limit: 1)
        let first = GroupMachine.Step.read(streams: [0], count: 1, blocking: nil)
        #expect(machine.nextStep(at: start) == first)
        #expect(machine.readEnded(0, isBlocking: false, at: start) == nil)
        #expect(machine.nextStep(at: start) == .read(streams: [1], count: 1, blocking: nil))
        #expect(machine.readEnded(0, isBlocking: false, at: start) != nil)
        _ = machine.readEnded(1, isBlocking: true, at: after(1000))
        // There is room for all of them now, and this read is ended early.
        machine.value.setLimit(2)
        #expect(machine.nextStep(at: after(1000)) == .read(streams: [0, 1], count: 1, blocking: .seconds(5)))
        _ = machine.readEnded(0, isBlocking: true, at: after(5000))
        machine.value.setLimit(1)
        #expect(machine.nextStep(at: after(5000)) == .read(streams: [1], count: 1, blocking: nil))
    }

    @Test("waits in one read until the sweep where that is not much longer")
    func quiet() {
        let machine = machine(claims: false)
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(5)))
        #expect(machine.nextStep(at: after(9000)) == .read(streams: [0], count: 10, blocking: .seconds(5)))
        _ = machine.readEnded(0, isBlocking: true, at: start)
        #expect(machine.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(15)))
        #expect(machine.nextStep(at: after(14_999)) == .read(streams: [0], count: 10, blocking: .milliseconds(1)))
        let long = self.machine(claims: false, visibility: .seconds(32))
        _ = long.readEnded(0, isBlocking: true, at: start)
        #expect(long.nextStep(at: start) == .read(streams: [0], count: 10, blocking: .seconds(10)))
    }

    @Test("takes nothing more while the server has not heard of very many entries")
    func untold() throws {
        let machine = machine(limit: GroupMachine.mostUntold + 10)
        var last: UInt64 = 0
        for index in 1...GroupMachine.mostUntold {
            last = try number(machine.took(place(UInt64(index)), sentAt: start))
            machine.value.ended(place(UInt64(index)), last)
        }
        #expect(machine.nextStep(at: start) == .wait)
        machine.value.settled(place(UInt64(GroupMachine.mostUntold)), last)
        #expect(machine.nextStep(at: start) != .wait)
    }

    @Test("takes an entry anew that is being given back, and not one that is being acknowledged")
    func returning() throws {
        let machine = machine(limit: 1)
        let first = try number(machine.took(place(1), sentAt: start))
        machine.value.returning(place(1), first)
        #expect(machine.room == 1)
        let second = try number(machine.took(place(1), sentAt: start))
        #expect(second != first && machine.room == 0)
        // The reply to the first one is late.
        machine.value.settled(place(1), first)
        machine.value.notEnded(place(1), first)
        #expect(machine.hand(place(1), second)?.isEnded == false && machine.room == 0)
        machine.value.ended(place(1), second)
        #expect(machine.took(place(1), sentAt: start) == nil)
        #expect(machine.room == 1)
    }

    @Test("has an entry in hand again that could not be given back, and counts it once")
    func notReturned() throws {
        let machine = machine()
        let first = try number(machine.took(place(1), sentAt: start))
        machine.value.returning(place(1), first)
        #expect(machine.unendedCount == 0)
        for _ in 0..<2 {
            machine.value.notEnded(place(1), first)
            #expect(machine.unendedCount == 1)
        }
        #expect(machine.took(place(1), sentAt: start) == nil)
        #expect(machine.unendedCount == 1)
    }

    @Test("heeds nothing that is said of an earlier delivery of the same entry")
    func earlier() throws {
        let machine = machine()
        let first = try number(machine.took(place(1), sentAt: start))
        machine.value.settled(place(1), first)
        let second = try number(machine.took(place(1), sentAt: start))
        machine.value.returning(place(1), first)
        machine.value.removed(place(1), first)
        machine.value.renewed(place(1), first, sentAt: start.advanced(by: .seconds(9)))
        #expect(!machine.lost(place(1), first))
        let hand = try #require(machine.hand(place(1), second))
        #expect(!hand.isEnded && !hand.isReturning && !hand.isRemoved && !hand.isLost && hand.renewedAt == start)
        #expect(machine.unendedCount == 1)
    }
}

/// A machine whose changes may stand in an expectation.
private final class Machine {
    var value: GroupMachine

    init(_ value: GroupMachine) { self.value = value }

    var room: Int { value.room }
    var unendedCount: Int { value.unendedCount }
    var isEmpty: Bool { value.isEmpty }

    func nextStep(at now: ContinuousClock.Instant) -> GroupMachine.Step { value.nextStep(at: now) }

    func readEnded(_ count: Int, isBlocking: Bool, at now: ContinuousClock.Instant) -> GroupMachine.Step? {
        value.readEnded(count, isBlocking: isBlocking, at: now)
    }

    func took(_ place: GroupMachine.Place, sentAt: ContinuousClock.Instant) -> UInt64? {
        value.took(place, sentAt: sentAt)
    }

    func lost(_ place: GroupMachine.Place, _ number: UInt64) -> Bool { value.lost(place, number) }

    func hand(_ place: GroupMachine.Place, _ number: UInt64) -> GroupMachine.Hand? { value.hand(place, number) }

    func has(_ place: GroupMachine.Place) -> Bool { value.has(place) }

    func due(
        at now: ContinuousClock.Instant,
        tick: Duration
    ) -> (extended: [(GroupMachine.Place, UInt64)], lapsed: [(GroupMachine.Place, UInt64)]) {
        value.due(at: now, tick: tick)
    }
}

private func == (left: (extended: [UInt64], lapsed: [UInt64]), right: ([UInt64], [UInt64])) -> Bool {
    left.extended == right.0 && left.lapsed == right.1
}
