import RedisCommands
import RedisCore
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("The deadlines of commands", .tags(.server, .timing, .slow), .serialized, .timeLimit(.minutes(1)))
struct DeadlineTests {
    /// Measures how late a loop calls what is due.
    private final class LoopLateness: Sendable {
        private struct State {
            var longest = Duration.zero
            var isOver = false
        }

        private let state = Locked(State())
        private let loop: RedisEventLoop

        init(_ loop: RedisEventLoop) {
            self.loop = loop
            measure()
        }

        private func measure() {
            let due = ContinuousClock.now.advanced(by: .milliseconds(1))
            _ = ScheduledCall(after: .milliseconds(1), on: loop) {
                let isOver = self.state.withLock { state in
                    state.longest = max(state.longest, due.duration(to: .now))
                    return state.isOver
                }
                if !isOver { self.measure() }
            }
        }

        func end() -> Duration {
            state.withLock { state in
                state.isOver = true
                return state.longest
            }
        }
    }

    @Test("end a thousand waits within five milliseconds, written or not", arguments: [false, true])
    func precision(_ isWritten: Bool) async throws {
        try await withRedisServer { server in
            let loop = try RedisEventLoop()
            let link = try CommandLink(server.configuration(), outage: .wait, loop: loop)
            if isWritten { _ = try await link.send(["PING"]) }
            try server.pause()
            let lateness = LoopLateness(loop)
            let ends = Locked<[(due: ContinuousClock.Instant, late: Duration, execution: RedisExecution?)]>([])
            let command = RedisCommand(["INCR", "sum"]).encoded
            for number in 0..<1_000 {
                let timeout = Duration.milliseconds(20 + number * 7_919 % 700)
                let due = ContinuousClock.now.advanced(by: timeout)
                let recipient = CommandRecipient.call { result in
                    let late = due.duration(to: .now)
                    let execution: RedisExecution? =
                        if case .failure(let error) = result, error.code == .timedOut { error.execution } else { nil }
                    ends.withLock { $0.append((due, late, execution)) }
                }
                let id = CommandLink.nextID()
                link.handOver(CommandSlot(command, 0..<command.count, count: 1, id: id, deadline: due, recipient))
            }
            // Two turns: one takes the commands, and writes at its end.
            await loop.endOfTurn()
            await loop.endOfTurn()
            let taken = ContinuousClock.now
            #expect(try await eventually { ends.withLock { $0.count } == 1_000 })
            let slack = lateness.end()
            try server.resume()
            let all = ends.withLock { $0 }
            #expect(all.allSatisfy { $0.late >= .zero })
            // On a busy machine the time of the first may be over before the loop has them.
            let timely = all.filter { $0.due > taken }
            let latest = timely.map(\.late).max() ?? .zero
            #expect(latest <= .milliseconds(5) + slack, "the loop itself was \(slack) late")
            #expect(Set(timely.compactMap(\.execution)) == [isWritten ? .unknown : .notExecuted])
            await link.close()
        }
    }
}
