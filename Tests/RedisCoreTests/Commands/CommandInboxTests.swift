import RedisCore
import RedisReactor
import TestSupport
import Testing

@Suite("What is handed over to a link", .tags(.unit))
struct CommandInboxTests {
    private let outcomes = Locked<[String]>([])
    private let wakes = Locked(0)
    /// The bytes of one command of these tests.
    private static let size = RedisCommand(["INCR", "1"]).encoded.count

    private func inbox(
        commands: Int = 100,
        bytes: Int = 1 << 20,
        whenFull: RedisInFlightLimit.WhenFull = .suspend
    ) -> CommandInbox {
        var limit = RedisInFlightLimit()
        (limit.commands, limit.bytes, limit.whenFull) = (commands, bytes, whenFull)
        let inbox = CommandInbox(limit)
        inbox.setWake { [wakes] in wakes.withLock { $0 += 1 } }
        return inbox
    }

    private func slot(_ id: Int, count: Int = 1, timeout: Duration? = nil) -> CommandSlot {
        let bytes = Array(repeating: RedisCommand(["INCR", "1"]).encoded, count: count).flatMap { $0 }
        let outcomes = outcomes
        return CommandSlot(
            bytes,
            0..<bytes.count,
            count: count,
            id: id,
            timeout: timeout,
            .several(keepsReplies: false) { replies in
                let end = replies.end.map { "\($0.error.code) \($0.error.execution)" } ?? "answered"
                outcomes.withLock { $0.append("\(id) \(end)") }
            }
        )
    }

    private func load(_ count: Int) -> CommandLoad { CommandLoad(commands: count, bytes: count * Self.size) }

    @Test("is taken in order, and the loop is woken once for all of it")
    func order() {
        let inbox = inbox()
        for id in 1...3 { inbox.handOver(slot(id)) }
        #expect(wakes.withLock { $0 } == 1)
        #expect(inbox.taken().map(\.id) == [1, 2, 3])
        #expect(inbox.taken().isEmpty)
        inbox.handOver(slot(4))
        #expect(wakes.withLock { $0 } == 2)
        #expect(inbox.statistics.commands == 4)
        #expect(inbox.statistics.bytes == 4 * Self.size)
        #expect(!inbox.isIdle)
        inbox.release(load(4))
        #expect(inbox.isIdle)
        #expect(inbox.statistics.highestCommands == 4)
    }

    @Test("tells the loop the deadlines of those who came back and found no room")
    func deadlineOfSuspended() throws {
        let inbox = inbox(commands: 2)
        inbox.handOver(slot(1))
        inbox.handOver(slot(2, count: 2))
        #expect(inbox.taken().map(\.id) == [1])
        let wait = try #require(inbox.expect(4))
        let before = wakes.withLock { $0 }
        for id in 3...6 { inbox.handOver(slot(id, timeout: .milliseconds(100))) }
        #expect(wakes.withLock { $0 } == before)
        #expect(inbox.endWait(wait) == nil)
        #expect(wakes.withLock { $0 } == before + 1)
        var none: [CommandSlot] = []
        #expect(inbox.take(into: &none) < .never)
        #expect(none.isEmpty)
    }

    @Test("is cancelled in one turn, however many callers are")
    func cancellations() {
        let cancellations = Cancellations()
        #expect(cancellations.add([1]))
        #expect(!cancellations.add([2]))
        #expect(!cancellations.add([2, 3]))
        #expect(cancellations.take() == [1, 2, 3])
        #expect(cancellations.take() == [])
        #expect(cancellations.add([1]))
    }

    @Test("waits beyond the number of commands or of bytes, and comes in by its order", arguments: [true, false])
    func suspended(_ byBytes: Bool) {
        let inbox = byBytes ? inbox(bytes: 3 * Self.size) : inbox(commands: 3)
        inbox.handOver(slot(1, count: 2))
        inbox.handOver(slot(2, count: 2))
        // There would be room for this one, but it must not overtake.
        inbox.handOver(slot(3))
        #expect(inbox.taken().map(\.id) == [1])
        #expect(inbox.statistics.suspended == 2)
        inbox.release(load(1))
        #expect(inbox.taken().map(\.id) == [2])
        inbox.release(load(1))
        #expect(inbox.taken().map(\.id) == [3])
        #expect(inbox.statistics.suspended == 0)
        #expect(inbox.statistics.suspensions == 2)
        #expect(inbox.statistics.highestSuspended == 2)
        #expect(inbox.statistics.highestCommands == 3)
        inbox.release(load(3))
        #expect(inbox.isIdle)
    }

    @Test("goes alone where it is larger than the limit")
    func large() {
        let inbox = inbox(commands: 2)
        inbox.handOver(slot(1, count: 5))
        inbox.handOver(slot(2, count: 5))
        inbox.handOver(slot(3))
        #expect(inbox.taken().map(\.id) == [1])
        inbox.release(load(4))
        #expect(inbox.taken().isEmpty)
        inbox.release(load(1))
        #expect(inbox.taken().map(\.id) == [2])
    }

    @Test("is refused beyond the limit where that is configured")
    func refusedWhenFull() {
        let inbox = inbox(commands: 1, whenFull: .fail)
        inbox.handOver(slot(1))
        inbox.handOver(slot(2))
        #expect(outcomes.withLock { $0 } == ["2 limitExceeded notExecuted"])
        #expect(inbox.statistics.refusals == 1)
        inbox.release(load(1))
        inbox.handOver(slot(3))
        #expect(inbox.taken().map(\.id) == [1, 3])
    }

    @Test("lets in what waited behind it when it is taken back")
    func takenBack() {
        let inbox = inbox(commands: 2)
        inbox.handOver(slot(1))
        inbox.handOver(slot(2, count: 2))
        inbox.handOver(slot(3))
        #expect(inbox.taken().map(\.id) == [1])
        let before = wakes.withLock { $0 }
        #expect(inbox.takeSuspended { $0.id == 2 }.map(\.id) == [2])
        #expect(wakes.withLock { $0 } == before + 1)
        #expect(inbox.taken().map(\.id) == [3])
        #expect(inbox.takeSuspended { _ in true }.isEmpty)
    }

    @Test("tells the earliest deadline of what waits")
    func deadlines() {
        let inbox = inbox(commands: 1)
        inbox.handOver(slot(1))
        inbox.handOver(slot(2, timeout: .seconds(9)))
        inbox.handOver(slot(3, timeout: .seconds(4)))
        inbox.handOver(slot(4))
        var slots: [CommandSlot] = []
        let deadline = inbox.take(into: &slots)
        slots = []
        #expect(deadline != .never)
        #expect(inbox.suspendedDeadline == deadline)
        // It is told once.
        #expect(inbox.take(into: &slots) == .never)
        #expect(inbox.takeSuspended { $0.due == deadline }.map(\.id) == [3])
    }

    @Test("fails at once while the link takes nothing")
    func refusal() {
        let inbox = inbox(commands: 1)
        inbox.handOver(slot(1))
        inbox.handOver(slot(2))
        inbox.handOver(slot(3))
        let error = RedisError(.connectionLost, "lost").with(.notExecuted)
        #expect(inbox.refuse(error).map(\.id) == [1, 2, 3])
        #expect(inbox.isRefusing)
        #expect(inbox.isIdle)
        inbox.handOver(slot(4))
        #expect(outcomes.withLock { $0 } == ["4 connectionLost notExecuted"])
        #expect(inbox.refuse(nil).isEmpty)
        #expect(!inbox.isRefusing)
        inbox.handOver(slot(5))
        #expect(inbox.taken().map(\.id) == [5])
    }
}

extension CommandInbox {
    /// What is staged.
    fileprivate func taken() -> [CommandSlot] {
        var slots: [CommandSlot] = []
        _ = take(into: &slots)
        return slots
    }
}
