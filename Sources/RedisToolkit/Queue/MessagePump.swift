internal import Logging
internal import RedisReactor

/// Takes messages out of one queue for all that wait for them over one client. Any thread may call.
///
/// However many wait, one request is on its way: first for what is there, over the link that all commands share, and if
/// nothing is, a blocking one over a single exclusive link. What nobody wants any more when it comes is put back.
final class MessagePump: Sendable {
    private struct State: Sendable {
        var line = TakerLine()
        var promises: [Int: Promise<[RedisBytes]>] = [:]
        var isRunning = false
        /// The blocking request, and whether it has to end before it has begun.
        var blocking: Task<Result<[RedisBytes], RedisError>, Never>?
        var endsBlocking = false
        var isClosed = false
        /// Those that wait until nothing is on its way any more.
        var idlers: [Promise<Void>] = []

        /// What tells one that it is answered. It must be called outside the lock.
        mutating func answer(_ answer: TakerLine.Answer?) -> (() -> Void)? {
            guard let answer, let promise = promises.removeValue(forKey: answer.id) else { return nil }
            return { promise.complete(answer.result) }
        }
    }

    let client: RedisClient
    private let source: MessageSource
    private let state = Locked(State())

    /// How long one that has given up waits at most for the request that may have a message for it.
    private static var patience: Duration { .seconds(3) }
    /// How long to wait before messages are put back that could not be.
    private static var pause: Duration { .seconds(1) }

    init(_ client: RedisClient, _ source: MessageSource) {
        self.client = client
        self.source = source
    }

    // MARK: Taking

    /// Takes messages, and waits until there is one.
    ///
    /// - Parameters:
    ///   - limit: How many at most.
    ///   - timeout: How long to wait; `nil` means for ever. With zero or less it only looks.
    /// - Returns: At least one message.
    /// - Throws: `.timedOut`, `.cancelled`, `.closed`, and what the server says.
    func take(_ limit: Int, timeout: Duration?) async throws(RedisError) -> [RedisBytes] {
        if Task.isCancelled { throw .taskCancelled.with(.notExecuted) }
        if let timeout, timeout <= .zero { return try await look(limit) }
        let promise = Promise<[RedisBytes]>()
        let id = try join(limit, promise)
        let timer = timeout.map { timeout in
            ScheduledCall(after: timeout, on: client.loop) { [weak self] in
                guard let self else { return }
                giveUp(id, noMessage)
            }
        }
        defer { timer?.cancel() }
        return try await withTaskCancellationHandler {
            await promise.result()
        } onCancel: {
            giveUp(id, .taskCancelled.with(.notExecuted))
        }.get()
    }

    private func join(_ limit: Int, _ promise: Promise<[RedisBytes]>) throws(RedisError) -> Int {
        let (id, begins) = state.withLock { state -> (Int?, Bool) in
            guard !state.isClosed else { return (nil, false) }
            let id = state.line.join(limit: limit)
            state.promises[id] = promise
            defer { state.isRunning = true }
            return (id, !state.isRunning)
        }
        guard let id else { throw closed }
        if begins { Task { await run() } }
        return id
    }

    /// Takes what is there. It is a request of its own, which runs to its end whatever becomes of the caller.
    private func look(_ limit: Int) async throws(RedisError) -> [RedisBytes] {
        let (kept, isClosed) = state.withLock { ($0.line.takeKept(limit: limit), $0.isClosed) }
        if isClosed { throw closed }
        if !kept.isEmpty { return kept }
        let promise = Promise<[RedisBytes]>()
        // Whoever is first decides: messages that come after the time are nobody's.
        let isOver = Locked(false)
        let timer = client.commandTimeout.map { limit in
            ScheduledCall(after: limit, on: client.loop) { [silence = self.silence] in
                if isOver.begin() { promise.complete(.failure(silence)) }
            }
        }
        defer { timer?.cancel() }
        Task {
            do throws(RedisError) {
                let messages = try await source.ask(limit)
                guard isOver.begin() else { return await giveBack(messages) }
                promise.complete(messages.isEmpty ? .failure(noMessage) : .success(messages))
            } catch {
                promise.complete(.failure(error))
            }
        }
        return try await promise.result().get()
    }

    private func giveUp(_ id: Int, _ reason: RedisError) {
        let (answer, blocking, waits) = state.withLock { state in
            let (answer, endsBlocking) = state.line.giveUp(id, reason)
            if endsBlocking { state.endsBlocking = true }
            return (state.answer(answer), endsBlocking ? state.blocking : nil, answer == nil)
        }
        answer?()
        blocking?.cancel()
        guard waits else { return }
        _ = ScheduledCall(after: Self.patience, on: client.loop) { [weak self] in
            self?.state.withLock { $0.answer($0.line.abandon(id)) }?()
        }
    }

    // MARK: Requests

    /// Sends one request after the other until nobody waits.
    private func run() async {
        var outage: (since: ContinuousClock.Instant, failures: Int)?
        while let count = nextCount() {
            do throws(RedisError) {
                let messages = try await ask(count)
                outage = nil
                guard messages.isEmpty else {
                    await distribute(messages)
                    continue
                }
                guard tell({ $0.foundNothing() }) else { continue }
                await distribute(try await block())
            } catch {
                let (since, failures) = (outage?.since ?? .now, (outage?.failures ?? 0) + 1)
                // A client that is closed, or a server that refuses, is not asked again; one that is away, for as long
                // as a command may take. A replica may be about to be recognised as one.
                let isAway = error.isOutage || error.serverPrefix == "READONLY"
                guard isAway, since.duration(to: .now) < client.commandTimeout ?? .seconds(30) else {
                    outage = nil
                    tell { ($0.failed(error), ()) }
                    continue
                }
                outage = (since, failures)
                tell { ($0.received([]).answers, ()) }
                try? await Task.sleep(for: .milliseconds(min(50 * failures, 1000)) * .random(in: 0.5...1))
            }
        }
    }

    /// How many messages to ask for; `nil` if nobody waits, and then nothing runs any more.
    private func nextCount() -> Int? {
        let (answers, count, idlers) = state.withLock { state in
            let (answers, count) = state.line.begin()
            state.isRunning = count > 0
            let idlers = count > 0 ? [] : exchange(&state.idlers, with: [])
            return (answers.compactMap { state.answer($0) }, count, idlers)
        }
        for answer in answers { answer() }
        for idler in idlers { idler.complete(.success(())) }
        return count > 0 ? count : nil
    }

    private func ask(_ count: Int) async throws(RedisError) -> [RedisBytes] {
        // A server that does not answer must not keep anybody. What it says later is put back.
        let timer = client.commandTimeout.map { limit in
            ScheduledCall(after: limit, on: client.loop) { [weak self, silence = self.silence] in
                self?.tell { ($0.silent(silence), ()) }
            }
        }
        defer { timer?.cancel() }
        return try await source.ask(count)
    }

    private func block() async throws(RedisError) -> [RedisBytes] {
        let task = Task { [source] () async -> Result<[RedisBytes], RedisError> in
            do throws(RedisError) { return .success(try await source.block()) } catch { return .failure(error) }
        }
        let endsAtOnce = state.withLock { state in
            state.blocking = task
            return state.endsBlocking
        }
        if endsAtOnce { task.cancel() }
        defer {
            state.withLock { state in
                state.blocking = nil
                state.endsBlocking = false
            }
        }
        return try await task.value.get()
    }

    private func distribute(_ messages: [RedisBytes]) async {
        let left = tell { $0.received(messages) }
        if !left.isEmpty { await giveBack(left) }
    }

    /// Changes the line and tells those that it answers.
    @discardableResult
    private func tell<Value>(_ body: (inout TakerLine) -> ([TakerLine.Answer], Value)) -> Value {
        let (answers, value) = state.withLock { state in
            let (answers, value) = body(&state.line)
            return (answers.compactMap { state.answer($0) }, value)
        }
        for answer in answers { answer() }
        return value
    }

    // MARK: Messages that nobody wants

    /// Puts messages back, oldest first. Those that cannot be are kept for whoever takes the next one here.
    private func giveBack(_ messages: [RedisBytes]) async {
        guard !messages.isEmpty else { return }
        do throws(RedisError) { try await source.giveBack(messages) } catch {
            let isSure = error.execution == .notExecuted
            guard isSure || source.mayGiveBackTwice else { return logLoss(messages.count, error) }
            let isClosed = state.withLock { state in
                if !state.isClosed { state.line.keep(messages) }
                return state.isClosed
            }
            if isClosed || error.code == .closed { return logLoss(messages.count, error) }
            // Until then they are here alone, so the pump stays, also when its queue is let go of.
            _ = ScheduledCall(after: Self.pause, on: client.loop) {
                Task { await self.giveBack(self.state.withLock { $0.line.takeKept() }) }
            }
        }
    }

    private func logLoss(_ count: Int, _ error: RedisError) {
        let metadata: Logger.Metadata = ["messages": "\(count)", "queue": "\(source.words)", "error": "\(error)"]
        client.configuration.logger.error("messages could not be put back into their queue", metadata: metadata)
    }

    // MARK: The end

    /// Ends all waits with `.closed`, and returns when nothing is on its way any more.
    func close() async {
        let (answers, blocking, idler) = state.withLock { state in
            state.isClosed = true
            var answers: [() -> Void] = []
            for taker in state.line.takers {
                let answer = state.line.giveUp(taker.id, closed).answer
                if let answer = state.answer(answer) { answers.append(answer) }
            }
            if state.line.request == .blocking { state.endsBlocking = true }
            let idler = state.isRunning ? Promise<Void>() : nil
            if let idler { state.idlers.append(idler) }
            return (answers, state.line.request == .blocking ? state.blocking : nil, idler)
        }
        for answer in answers { answer() }
        blocking?.cancel()
        _ = await idler?.result()
    }

    /// Lets the queue be used again after `close`.
    func reopen() { state.withLock { $0.isClosed = false } }

    private var noMessage: RedisError {
        RedisError(.timedOut, "\(source.words): no message came in time", phase: .command).with(.notExecuted)
    }

    private var silence: RedisError {
        RedisError(.timedOut, "\(source.words): the server has not answered in time", phase: .command)
    }

    private var closed: RedisError {
        RedisError(.closed, "\(source.words): closed", phase: .command).with(.notExecuted)
    }
}

extension Locked<Bool> {
    /// Sets it, and returns whether it was not set before.
    func begin() -> Bool {
        withLock { isSet in
            defer { isSet = true }
            return !isSet
        }
    }
}
