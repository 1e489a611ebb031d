/// Sends one blocking command over a link of its own.
///
/// When the caller gives up, the server is told over another link (CLIENT UNBLOCK), and the reply is awaited: an
/// element that came all the same is the result, so that none is lost. A link whose reply does not come in time is
/// closed and never used again.
struct BlockingCommand {
    let client: RedisClient
    let command: RedisCommand
    let timeout: Duration?

    /// How long a server may take to end a command that was given up.
    private static var patience: Duration { .seconds(2) }
    /// How long to wait between two attempts to unblock, for a command that has not begun to block yet.
    private static var pause: Duration { .milliseconds(2) }

    func result() async -> Result<RESPValue, RedisError> {
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var ladder = RetryLadder(client.configuration, deadline: deadline)
        while true {
            let (result, node) = await attempt(until: deadline)
            guard case .failure(let error) = result else { return result }
            if error.isAnswer, await client.backend.refused(error, by: node), !Task.isCancelled,
                let pause = ladder.pauseBeforeRedirection(at: .now, random: .random(in: 0...1))
            {
                do { try await Task.sleep(for: pause) } catch { return result }
                continue
            }
            let kind = RedisCommandClass.of(command)
            guard let pause = ladder.pause(after: error, of: kind, at: .now, random: .random(in: 0...1)) else {
                return result
            }
            do { try await Task.sleep(for: pause) } catch { return result }
        }
    }

    /// Sends the command once. A node of a cluster that refuses it is told of to the backend, so that the next command
    /// finds another.
    func onlyResult() async -> Result<RESPValue, RedisError> {
        let (result, node) = await attempt(until: timeout.map { ContinuousClock.now.advanced(by: $0) })
        if case .failure(let error) = result, error.isAnswer { _ = await client.backend.refused(error, by: node) }
        return result
    }

    private func attempt(until deadline: ContinuousClock.Instant?) async -> (
        Result<RESPValue, RedisError>, RedisEndpoint?
    ) {
        let link: RedisLink
        do throws(RedisError) {
            link = try await client.lend(for: command.knownKeys, until: deadline)
        } catch { return (.failure(error), nil) }
        let (result, isReusable) = await run(over: link.lease, until: deadline)
        client.pool.giveBack(link.lease, isReusable: link.end() && isReusable)
        return (result, link.node)
    }

    /// Runs the command. Returns its result, and whether others may use the link: nothing is on its way over it, and no
    /// CLIENT UNBLOCK that would end their command.
    private func run(over lease: LinkPool.Lease, until deadline: ContinuousClock.Instant?) async -> (
        Result<RESPValue, RedisError>, isReusable: Bool
    ) {
        if Task.isCancelled { return (.failure(.taskCancelled.with(.notExecuted)), true) }
        let number: Int
        let identification = await clientID(of: lease.link, until: deadline)
        switch identification {
        case .success(let id): number = id
        case .failure(let error): return (.failure(error.with(.notExecuted)), error.execution == .notExecuted)
        }
        let reply = Promise<RESPValue>()
        let surrender = Surrender()
        let id = CommandLink.nextID()
        lease.link.handOver(CommandSlot(command, id: id, timeout: nil, .call { reply.complete($0) }))
        let timer = deadline.map { deadline in
            ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: lease.link.loop) {
                surrender.begin(.noElementInTime) { unblock(number, lease, reply) }
            }
        }
        // The task's cancellation ends the command at the server, and not the wait for its reply.
        let result = await withTaskCancellationHandler {
            await reply.result()
        } onCancel: {
            surrender.begin(.taskCancelled) { unblock(number, lease, reply) }
        }
        timer?.cancel()
        guard let (reason, unblocking) = surrender.end() else { return (result, result.isSettled) }
        let isReusable = await unblocking.value && result.isSettled
        switch result {
        case .success(.null): return (.failure(reason.with(.notExecuted)), isReusable)
        case .failure(let error) where error.serverPrefix == "UNBLOCKED":
            return (.failure(reason.with(.notExecuted)), isReusable)
        case .failure(let error) where error.code == .closed:
            return (.failure(reason.with(error.execution)), isReusable)
        case .success, .failure: return (result, isReusable)
        }
    }

    /// The link's number at the server, which is asked only where the handshake has not told it: before the link is
    /// open, and in RESP2.
    private func clientID(of link: CommandLink, until deadline: ContinuousClock.Instant?) async -> Result<
        Int, RedisError
    > {
        if let id = await link.facts?.clientID { return .success(id) }
        let timeout = deadline.map { ContinuousClock.now.duration(to: $0) } ?? client.configuration.commands.timeout
        switch await link.result(of: ["CLIENT", "ID"], timeout: timeout) {
        case .success(let reply): return .success(reply.count ?? 0)
        // Without the right to ask, the command can still be ended with its link.
        case .failure(let error) where error.isAnswer: return .success(0)
        case .failure(let error): return .failure(error)
        }
    }

    /// Ends the blocked command at the server. If the server does not do so in time, the link is closed. Returns
    /// whether no CLIENT UNBLOCK is on its way any more.
    private func unblock(_ number: Int, _ lease: LinkPool.Lease, _ reply: Promise<RESPValue>) -> Task<Bool, Never> {
        let client = client
        return Task {
            let end = ContinuousClock.now.advanced(by: Self.patience)
            var isSettled = true
            while number > 0, !reply.isCompleted, ContinuousClock.now < end {
                let question: RedisCommand = ["CLIENT", "UNBLOCK", number]
                let rest = ContinuousClock.now.duration(to: end)
                let answer = await client.backend.attempt(question, at: lease.node, timeout: rest)
                // The user may not, or the server has no such command.
                guard case .success = answer else {
                    isSettled = answer.isSettled
                    break
                }
                try? await Task.sleep(for: Self.pause)
            }
            if !reply.isCompleted { lease.link.closeNow() }
            return isSettled
        }
    }
}

extension RedisClient {
    /// Sends a command that blocks once, over an exclusive link: for callers that do something else before they try it
    /// again. A task that is cancelled ends it at the server, and gets what came all the same.
    package func sendOnce<Reply>(
        blocking request: RedisRequest<Reply>,
        timeout: Duration
    ) async -> Result<Reply, RedisError> {
        let result = await BlockingCommand(client: self, command: request.command, timeout: timeout).onlyResult()
        do throws(RedisError) { return .success(try request.value(of: result)) } catch { return .failure(error) }
    }
}

/// That a caller has given up, and why. The first reason counts, and none after the reply.
private final class Surrender: Sendable {
    private enum State {
        case waiting
        case begun(RedisError, Task<Bool, Never>)
        case ended
    }

    private let state = Locked(State.waiting)

    func begin(_ error: RedisError, _ unblock: () -> Task<Bool, Never>) {
        state.withLock { state in
            if case .waiting = state { state = .begun(error, unblock()) }
        }
    }

    /// Ends the wait. Returns why and by which task it was given up, if it was.
    func end() -> (reason: RedisError, unblocking: Task<Bool, Never>)? {
        state.withLock { state in
            defer { state = .ended }
            if case .begun(let reason, let task) = state { return (reason, task) }
            return nil
        }
    }
}

extension RetryLadder {
    /// How long to wait before a command goes to the node that a server has named, or to the next that may take it.
    mutating func pauseBeforeRedirection(at now: ContinuousClock.Instant, random: Double) -> Duration? {
        pause(after: RedisError.redirected, of: .admin, at: now, random: random)
    }
}

extension RedisError {
    fileprivate static var redirected: RedisError {
        var error = RedisError(.serverError, "redirected", phase: .command).with(.notExecuted)
        error.serverMessage = "TRYAGAIN"
        return error
    }

    fileprivate static var noElementInTime: RedisError {
        RedisError(.timedOut, "the command was still blocked when the time was over", phase: .command)
    }
}
