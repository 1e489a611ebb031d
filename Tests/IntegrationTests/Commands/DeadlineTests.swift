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
            let errors = Locked<[Duration]>([])
            let executions = Locked<Set<RedisExecution>>([])
            let command = RedisCommand(["INCR", "sum"]).encoded
            for number in 0..<1_000 {
                let timeout = Duration.milliseconds(20 + number * 7_919 % 700)
                let due = ContinuousClock.now.advanced(by: timeout)
                let recipient = CommandRecipient.call { result in
                    errors.withLock { $0.append(due.duration(to: .now)) }
                    if case .failure(let error) = result, error.code == .timedOut {
                        executions.withLock { _ = $0.insert(error.execution) }
                    }
                }
                let id = CommandLink.nextID()
                link.handOver(CommandSlot(command, 0..<command.count, count: 1, id: id, deadline: due, recipient))
            }
            #expect(try await eventually { errors.withLock { $0.count } == 1_000 })
            let slack = lateness.end()
            try server.resume()
            let earliest = errors.withLock { $0.min() } ?? .zero
            let latest = errors.withLock { $0.max() } ?? .zero
            #expect(earliest >= .zero)
            #expect(latest <= .milliseconds(5) + slack, "the loop itself was \(slack) late")
            #expect(executions.withLock { $0 } == [isWritten ? .unknown : .notExecuted])
            await link.close()
        }
    }
}
