import RedisCore
import RedisEvents
import RedisRESP
import TestSupport
import Testing

@Suite("A monitor's guard", .tags(.unit))
struct GuardMachineTests {
    private let start = ContinuousClock.now

    private func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }

    /// What a server says of client 7.
    private func list(omem: Int, flags: String = "O", before: String = "") -> RedisBytes {
        RedisBytes(
            "\(before)id=7 addr=127.0.0.1:1 name=watch flags=\(flags) oll=3 omem=\(omem) tot-mem=9 cmd=monitor user=default\n"
        )
    }

    @Test("finds its own line, whatever the others are called")
    func reading() {
        let others = "id=77 name=id=7 flags=O omem=1\nid=6 name=omem=5 flags=N omem=2\n"
        #expect(GuardReading(list(omem: 20, before: others), id: 7) == .queued(20, blocks: 3))
        #expect(GuardReading(list(omem: 20, flags: "xO"), id: 7) == .queued(20, blocks: 3))
        #expect(GuardReading(list(omem: 20, flags: "N"), id: 7) == .absent)
        // Numbers that cannot be counts are none.
        for omem in [-1, .min] { #expect(GuardReading(list(omem: omem), id: 7) == .unknown) }
        #expect(GuardReading(RedisBytes(others), id: 7) == .absent)
        #expect(GuardReading("", id: 7) == .absent)
        #expect(GuardReading("id=7 addr=x flags=O cmd=monitor", id: 7) == .unknown)
        #expect(GuardReading("id=7 addr=x flags=O omem=many cmd=monitor", id: 7) == .unknown)
    }

    @Test("asks an interval after each answer, and trips only above the limit")
    func limit() {
        var machine = GuardMachine(Monitor.Guard(limit: 1000, interval: .seconds(2)))
        #expect(machine.linkIsUp(id: 7, at: at(0)) == .ask(after: .seconds(2)))
        #expect(machine.question == ["CLIENT", "LIST", "ID", "7"])
        #expect(machine.answered(list(omem: 0), at: at(2)) == .ask(after: .seconds(2)))
        #expect(machine.answered(list(omem: 1000), at: at(4)) == .ask(after: .seconds(2)))
        #expect(machine.queueSeen == 1000)
        #expect(machine.answered(list(omem: 1001), at: at(6)) == .trip(omem: 1001, pause: .seconds(5)))
        #expect(machine.queueSeen == 1001)
    }

    @Test("looks again soon at what one value may explain, but not at once")
    func soon() {
        for (interval, wait) in [(2000, 500), (3, 1)] {
            var machine = GuardMachine(Monitor.Guard(limit: 1000, interval: .milliseconds(interval)))
            _ = machine.linkIsUp(id: 7, at: at(0))
            #expect(machine.answered(list(omem: 1 << 20), at: at(1)) == .ask(after: .milliseconds(wait)))
        }
    }

    @Test("pauses twice as long when it trips again soon, and up to a minute")
    func pauses() {
        var machine = GuardMachine(Monitor.Guard(limit: 1000, onTrip: .resume(after: .seconds(20))))
        var pauses: [Duration?] = []
        for up in [0, 100, 200, 300, 400, 500] {
            _ = machine.linkIsUp(id: 7, at: at(up))
            // The last but one link lives for a minute, which makes up for what was before.
            guard case .trip(_, let pause) = machine.answered(list(omem: 2000), at: at(up + (up == 400 ? 60 : 59)))
            else { return #expect(Bool(false)) }
            pauses.append(pause)
        }
        #expect(pauses == [20, 40, 60, 60, 20, 40].map { .seconds($0) })
        var ending = GuardMachine(Monitor.Guard(limit: 1000, onTrip: .end))
        _ = ending.linkIsUp(id: 7, at: at(0))
        #expect(ending.answered(list(omem: 2000), at: at(1)) == .trip(omem: 2000, pause: nil))
    }

    @Test("asks for all clients where the server cannot be asked for one, and the more seldom the longer the answer")
    func oldServer() {
        var machine = GuardMachine(Monitor.Guard(limit: 1000))
        _ = machine.linkIsUp(id: 7, at: at(0))
        let unknown = RedisError.server("ERR syntax error", at: .tcp(host: "x", port: 1), .command)
        #expect(machine.failed(unknown) == .ask(after: .zero))
        #expect(machine.question == ["CLIENT", "LIST"])
        let others = String(repeating: "id=8 name=\(String(repeating: "x", count: 990))\n", count: 3000)
        guard case .ask(let wait) = machine.answered(list(omem: 0, before: others), at: at(1)) else {
            return #expect(Bool(false))
        }
        #expect(wait > .seconds(3) && wait < .seconds(4))
        #expect(machine.failed(unknown) == .blind(.serverError, "ERR syntax error", askAfter: nil))
        // Another link may lead to another server.
        _ = machine.linkIsUp(id: 7, at: at(2))
        #expect(machine.question == ["CLIENT", "LIST", "ID", "7"])
    }

    @Test("does not ask again where it may not, and does where that may pass")
    func blind() {
        var machine = GuardMachine(Monitor.Guard(interval: .seconds(2)))
        _ = machine.linkIsUp(id: 7, at: at(0))
        let endpoint = RedisEndpoint.tcp(host: "x", port: 1)
        let refused = RedisError.server("NOPERM no", at: endpoint, .command)
        #expect(machine.failed(refused) == .blind(.notPermitted, "NOPERM no", askAfter: nil))
        let full = RedisError.server("ERR max number of clients reached", at: endpoint, .handshake)
        #expect(machine.failed(full) == .blind(.serverError, full.message, askAfter: .seconds(20)))
        let loading = RedisError.server("LOADING data", at: endpoint, .command)
        #expect(machine.failed(loading) == .blind(.serverError, "LOADING data", askAfter: .seconds(20)))
        let lost = RedisError(.connectionLost, "gone", endpoint: endpoint, phase: .command)
        #expect(machine.failed(lost) == .blind(.connectionLost, "gone", askAfter: .seconds(20)))
        #expect(machine.question == ["CLIENT", "LIST", "ID", "7"])
        guard case .blind(.unexpectedReply, _, askAfter: nil) = machine.answered("id=7 flags=O cmd=monitor", at: at(1))
        else { return #expect(Bool(false)) }
    }

    @Test("takes a list without itself for another server's, the second time")
    func absent() {
        var machine = GuardMachine(Monitor.Guard(interval: .seconds(2)))
        _ = machine.linkIsUp(id: 7, at: at(0))
        #expect(machine.answered("", at: at(1)) == .ask(after: .seconds(2)))
        #expect(machine.answered(list(omem: 0), at: at(3)) == .ask(after: .seconds(2)))
        #expect(machine.answered("", at: at(5)) == .ask(after: .seconds(2)))
        // What was missing on one link is not missed on the next.
        _ = machine.linkIsUp(id: 7, at: at(6))
        for _ in 0..<2 {
            #expect(machine.answered("", at: at(7)) == .ask(after: .seconds(2)))
            guard case .blind(.unexpectedReply, _, askAfter: .seconds(20)?) = machine.answered("", at: at(8)) else {
                return #expect(Bool(false))
            }
        }
    }
}
