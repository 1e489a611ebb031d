import RedisCommands
import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor

/// What the sending thread, the loops and the one who waits for replies tell each other. Any thread may call.
final class BenchBoard: Sendable {
    private struct State {
        var account: BenchAccount
        /// The messages without a reply so far, in the order in which they were sent.
        var waiting: [Promise<RESPValue>] = []
        var isStopping = false
        /// Whether no more messages are sent.
        var hasSent = false
        var failure: RedisError?
    }

    /// At most so many messages wait for their replies.
    private static let mostWaiting = 65_536
    /// The same where no rate says how many are sent.
    private static let mostAtOnce = 1024

    private let state: Locked<State>
    /// The sending thread sleeps here.
    private let parker = Parker()

    init(_ plan: BenchPlan) { state = Locked(State(account: BenchAccount(plan))) }

    var account: BenchAccount { state.withLock { $0.account } }

    /// Why it cannot go on.
    var failure: RedisError? { state.withLock { $0.failure } }

    func came(_ message: (number: Int, due: Int64)?, to subscriber: Int, at now: Int64) {
        state.withLock { $0.account.came(message, to: subscriber, at: now) }
    }

    func hasGap() { state.withLock { $0.account.hasGap() } }

    /// Ends the sending.
    func stop() {
        state.withLock { $0.isStopping = true }
        parker.unpark()
    }

    func fail(_ error: RedisError) {
        state.withLock { $0.failure = $0.failure ?? error }
        stop()
    }

    // MARK: Sending

    /// Sends everything at its time, on the current thread, which sleeps in between.
    func send(_ plan: BenchPlan, run: UInt64, over clients: [RedisClient], to channels: [RedisBytes]) {
        let command: RedisBytes = plan.isShard ? "SPUBLISH" : "PUBLISH"
        let begun = SteadyClock.now
        let end = begun + Int64(min(plan.duration / .nanoseconds(1), 9e18))
        let count = plan.count ?? .max
        var number = 0
        while number < count, !isStopping {
            var due = SteadyClock.now
            if let time = plan.due(number) {
                due = begun + time
                guard sleep(until: due) else { break }
            }
            guard waitForRoom(plan), plan.rate != nil || due < end else { break }
            let payload = BenchPayload.bytes(run: run, number: number, due: due, size: plan.size)
            let client = clients[plan.publisher(of: number)]
            do throws(RedisError) {
                state.withLock { $0.account.sends(at: SteadyClock.now, due: due) }
                let channel = channels[plan.channel(of: number)]
                let promise = try client.enqueue([command, channel, RedisBytes(payload)])
                state.withLock { $0.waiting.append(promise) }
            } catch {
                state.withLock { $0.account.wasRefused("\(error.code)") }
                fail(error)
            }
            number += 1
        }
        state.withLock { $0.hasSent = true }
    }

    private var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Returns `false` when nothing more is to be sent.
    private func sleep(until time: Int64) -> Bool {
        while true {
            let rest = time - SteadyClock.now
            if rest <= 0 { return true }
            if isStopping { return false }
            parker.park(until: .now.advanced(by: .nanoseconds(rest)))
        }
    }

    /// A server that is slower than the schedule is waited for. The schedule goes on meanwhile.
    private func waitForRoom(_ plan: BenchPlan) -> Bool {
        let most = plan.rate == nil ? Self.mostAtOnce * plan.publishers : Self.mostWaiting
        while true {
            let (isFull, isStopping) = state.withLock { ($0.account.unanswered >= most, $0.isStopping) }
            if isStopping { return false }
            if !isFull { return true }
            parker.park(until: .now.advanced(by: .milliseconds(10)))
        }
    }

    // MARK: Replies

    /// Takes the messages that wait for their replies; `nil` when all are sent and have one.
    func takeWaiting() -> [Promise<RESPValue>]? {
        state.withLock { state in
            if state.waiting.isEmpty, state.hasSent { return nil }
            return exchange(&state.waiting, with: [])
        }
    }

    /// Notes what the server said to messages.
    func answered(_ results: [Result<RESPValue, RedisError>]) {
        state.withLock { state in
            for result in results {
                switch result {
                case .success(let reply):
                    if let count = reply.count {
                        state.account.wasPublished(to: count)
                    } else {
                        state.account.isUnknown()
                    }
                case .failure(let error):
                    if error.isAnswer {
                        state.account.wasRefused(error.serverPrefix ?? "\(error.code)")
                    } else {
                        state.account.isUnknown()
                    }
                }
            }
        }
        parker.unpark()
    }
}

/// Accounts for what one subscriber receives, on the loop.
final class BenchSink: PubSubSink {
    private let board: BenchBoard
    private let subscriber: Int
    private let run: UInt64

    init(_ board: BenchBoard, subscriber: Int, run: UInt64) {
        self.board = board
        self.subscriber = subscriber
        self.run = run
    }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        let now = SteadyClock.now
        board.came(BenchPayload.read(view.payload, run: run), to: subscriber, at: now)
    }

    func event(_ event: PubSub.Event) {
        if case .gap = event { board.hasGap() }
    }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) {}

    func ended(_ error: RedisError?) { if let error { board.fail(error) } }
}
