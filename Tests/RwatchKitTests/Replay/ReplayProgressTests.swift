import RedisRESP
import RwatchKit
import TestSupport
import Testing

@Suite("The progress of a replay", .tags(.unit))
struct ReplayProgressTests {
    private static func unit(_ kind: ReplayUnit.Kind = .command, count: Int = 1, bytes: Int = 10) -> ReplayUnit {
        ReplayUnit(
            kind: kind,
            client: "a",
            time: 0,
            encoded: Array(repeating: 0, count: bytes),
            count: count
        )
    }

    private static func settle(_ progress: inout ReplayProgress, _ ticket: Int, over connection: Int) {
        progress.settled(ticket, over: connection, answered: 1, errors: [], after: .milliseconds(1))
    }

    @Test("tells when replies that are waited for have come")
    func waits() {
        var progress = ReplayProgress()
        progress.sent(Self.unit(), ticket: 1, over: 0, late: nil)
        progress.sent(Self.unit(), ticket: 2, over: 1, late: nil)
        progress.sent(Self.unit(), ticket: 3, over: 0, late: nil)
        func isOver(_ connection: Int?, _ ticket: Int, own: Int = 9) -> Bool {
            progress.isOver(.replies(KeyOrder.Wait(connection: connection, ticket: ticket), own: own))
        }
        #expect(!isOver(0, 1) && !isOver(nil, 1) && isOver(5, 3))
        #expect(isOver(nil, 1, own: 0))
        Self.settle(&progress, 1, over: 0)
        #expect(isOver(0, 1) && isOver(0, 2) && !isOver(0, 3) && isOver(nil, 1) && !isOver(nil, 2))
        // A later reply may come first, where an earlier one was given up.
        Self.settle(&progress, 3, over: 0)
        Self.settle(&progress, 2, over: 1)
        #expect(isOver(nil, 3) && progress.isOver(.end) && progress.isSettled)
        #expect(progress.answeredCommands == 3)
    }

    @Test("is not held up by what blocks, unless others wait behind it")
    func blocking() {
        var progress = ReplayProgress()
        progress.sent(Self.unit(.blockingCommand), ticket: 1, over: 0, late: nil)
        #expect(progress.isOver(.replies(KeyOrder.Wait(connection: 0, ticket: 1), own: 1)))
        #expect(progress.isOver(.end))
        #expect(progress.blocked() == [])
        progress.sent(Self.unit(), ticket: 2, over: 0, late: nil)
        #expect(!progress.isOver(.replies(KeyOrder.Wait(connection: 0, ticket: 2), own: 1)))
        #expect(!progress.isOver(.end))
        #expect(progress.blocked() == [0])
        Self.settle(&progress, 1, over: 0)
        #expect(progress.blocked() == [])
        Self.settle(&progress, 2, over: 0)
        #expect(progress.isSettled)
    }

    @Test("has a limit of what is on its way")
    func room() {
        var progress = ReplayProgress()
        func hasRoom(_ connection: Int, _ bytes: Int = 1, isAmple: Bool = false) -> Bool {
            progress.isOver(.room(connection: connection, bytes: bytes, isAmple: isAmple))
        }
        #expect(hasRoom(0, 1 << 30))
        progress.sent(Self.unit(bytes: 20 << 20), ticket: 1, over: 0, late: nil)
        #expect(hasRoom(0) && !hasRoom(0, isAmple: true) && !hasRoom(0, 13 << 20))
        Self.settle(&progress, 1, over: 0)
        for ticket in 2..<1026 { progress.sent(Self.unit(), ticket: ticket, over: 0, late: nil) }
        #expect(!hasRoom(0) && hasRoom(1))
        for ticket in 1026..<9000 { progress.sent(Self.unit(), ticket: ticket, over: ticket % 100, late: nil) }
        #expect(!hasRoom(200))
    }

    @Test("counts what became of every command, and errors by their kind")
    func counts() {
        var progress = ReplayProgress()
        progress.sent(Self.unit(.transaction, count: 4), ticket: 1, over: 0, late: .milliseconds(3))
        progress.sent(Self.unit(), ticket: 2, over: 0, late: .milliseconds(1))
        progress.sent(Self.unit(.blockingCommand), ticket: 3, over: 1, late: nil)
        progress.settled(
            1,
            over: 0,
            answered: 3,
            errors: [("WRONGTYPE", "WRONGTYPE no"), ("WRONGTYPE", "other"), ("connectionLost", "lost")],
            after: .milliseconds(5)
        )
        #expect(progress.sentCommands == 6)
        #expect(progress.sentTransactions == 1)
        #expect(progress.answeredCommands == 3)
        #expect(progress.lostCommands == 1)
        #expect(progress.unansweredCommands == 2)
        #expect(progress.errors["WRONGTYPE"]?.count == 2)
        #expect(progress.errors["WRONGTYPE"]?.example == "WRONGTYPE no")
        #expect(progress.lateness.maximum == .milliseconds(3))
        #expect(progress.replyTimes.count == 1)
        for kind in 0..<1000 {
            progress.sent(Self.unit(), ticket: 10 + kind, over: 0, late: nil)
            progress.settled(10 + kind, over: 0, answered: 1, errors: [("E\(kind)", "")], after: .zero)
        }
        #expect(progress.errors.count == 65)
        #expect(progress.errorCount == 1003)
    }
}
