import RedisCommands
import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor

/// `rwatch bench`.
package struct MeasureDelivery: Sendable {
    package var plan: BenchPlan
    package var isJSON = false
    /// Whether the server may be on another machine.
    package var isAgreed = false
    package var isQuiet = false

    package init(_ plan: BenchPlan) { self.plan = plan }

    /// How long is waited for replies and messages behind the last one that was sent.
    private static let patience = Duration.seconds(5)

    /// Publishes and subscribes, and prints the report.
    package func run(_ target: Target) async -> ExitStatus {
        OutputPump.ignoreBrokenPipeSignal()
        let endings = Locked<[@Sendable () async -> Void]>([])
        let status: ExitStatus
        do throws(RedisError) {
            let output = try PlainOutput()
            let configuration = try await target.openOne { ending in endings.withLock { $0.append(ending) } }
            try check(configuration)
            let (account, ending) = try await measure(configuration)
            let report = BenchReport(account)
            if isJSON { output.bytes(report.json) } else { for line in report.lines { output.line(line) } }
            let isWhole = account.missing.upperBound == 0 && account.refused.isEmpty && account.unknown == 0
            status = output.finish().map { ExitStatus($0) } ?? ending ?? (isWhole ? .success : .conditionUnmet)
        } catch {
            Notices.say(error.words)
            status = ExitStatus(error)
        }
        for ending in endings.withLock({ exchange(&$0, with: []) }) { await ending() }
        return status
    }

    private func check(_ configuration: RedisConfiguration) throws(RedisError) {
        let endpoints = configuration.cluster?.seeds ?? [configuration.endpoint]
        guard isAgreed || configuration.sentinel == nil && endpoints.allSatisfy(\.isLoopback) else {
            throw .options("\(endpoints[0]) is not on this machine: a measurement is a load for it; --yes measures it")
        }
        guard plan.isBounded else {
            throw .options(
                "so many subscribers and channels cannot be accounted: at most \(BenchPlan.mostPairs) pairs of them"
            )
        }
    }

    private func measure(_ configuration: RedisConfiguration) async throws(RedisError) -> (BenchAccount, ExitStatus?) {
        let (receiving, sending): (RedisEventLoop, RedisEventLoop)
        do throws(RedisSystemError) {
            // Each side has a loop of its own, so that neither waits for the other.
            receiving = try RedisEventLoop(name: "rwatch-receive")
            sending = try RedisEventLoop(name: "rwatch-send")
        } catch { throw .system(error) }
        let board = BenchBoard(plan)
        let run = UInt64.random(in: 0 ... .max)
        let channels = (0..<plan.channels).map { RedisBytes("rwatch-bench:\(String(run, radix: 36)):\($0)") }
        let parts = Locked<(subscribers: [PubSub], clients: [RedisClient])>(([], []))
        let result: Result<ExitStatus?, RedisError>
        do throws(RedisError) {
            for number in 0..<plan.subscribers {
                let sink = BenchSink(board, subscriber: number, run: run)
                let pubsub = try PubSub(configuration, loop: receiving, sink: sink)
                parts.withLock { $0.subscribers.append(pubsub) }
                try await subscribe(pubsub, channels, configuration.user)
            }
            for _ in 0..<plan.publishers {
                let client = try RedisClient(configuration, loop: sending)
                parts.withLock { $0.clients.append(client) }
                try await client.send(["PING"])
            }
            if !isQuiet { Notices.say("measuring \(configuration.place)") }
            result = .success(try await send(run, board, parts.withLock { $0.clients }, channels, configuration.user))
        } catch { result = .failure(error) }
        let account = board.account
        for client in parts.withLock({ $0.clients }) { await client.close() }
        for pubsub in parts.withLock({ $0.subscribers }) { await pubsub.close() }
        await receiving.shutdown()
        await sending.shutdown()
        return (account, try result.get())
    }

    private func subscribe(_ pubsub: PubSub, _ channels: [RedisBytes], _ user: String?) async throws(RedisError) {
        do throws(RedisError) {
            let kind: RedisSubscriptionKind = plan.isShard ? .shardChannel : .channel
            for result in try await pubsub.subscribe(kind, channels, timeout: .unlimited) {
                if let error = result.error { throw error }
            }
        } catch { throw error.advised("subscribe to", [channels[0]], user) }
    }

    /// Sends on a thread of its own, and waits until everything has come, or comes no more.
    ///
    /// - Returns: The status of a signal that ended it.
    private func send(
        _ run: UInt64,
        _ board: BenchBoard,
        _ clients: [RedisClient],
        _ channels: [RedisBytes],
        _ user: String?
    ) async throws(RedisError) -> ExitStatus? {
        let loop: RedisEventLoop
        do throws(RedisSystemError) { loop = try .shared } catch { throw .system(error) }
        let notices: NoticeWriter
        do throws(RedisSystemError) { notices = try NoticeWriter(isQuiet: isQuiet) } catch { throw .system(error) }
        defer { notices.finish() }
        let hint = Locked<ScheduledCall?>(nil)
        defer { hint.withLock { $0 }?.cancel() }
        let signals = SignalWatch(on: loop)
        let ended = Locked<Int32?>(nil)
        try? await signals.start([SIGINT, SIGTERM, SIGHUP].filter { !ThisProcess.ignores($0) }) { number in
            // The second signal ends the process at once.
            if ended.withLock({ exchange(&$0, with: number) }) != nil { ThisProcess.die(by: number) }
            board.stop()
            // The user has to know that the request was received.
            let call = ScheduledCall(after: .milliseconds(500), on: loop) {
                notices.say("waiting for what is on its way; a second signal ends at once")
            }
            hint.withLock { $0 = call }
        }
        do throws(RedisSystemError) {
            _ = try PlainThread.start(name: "rwatch-bench") {
                board.send(plan, run: run, over: clients, to: channels)
            }
        } catch { throw .system(error) }
        await awaitReplies(board)
        await awaitMessages(board)
        await signals.stop()
        if let failure = board.failure { throw failure.advised("publish to", [channels[0]], user) }
        return ended.withLock { $0 }.map { .signal($0) }
    }

    private func awaitReplies(_ board: BenchBoard) async {
        while let waiting = board.takeWaiting() {
            if waiting.isEmpty {
                try? await Task.sleep(for: .milliseconds(1))
                continue
            }
            var results: [Result<RESPValue, RedisError>] = []
            for promise in waiting {
                results.append(await promise.result())
                if results.count == 256 { board.answered(exchange(&results, with: [])) }
            }
            board.answered(results)
        }
    }

    /// Waits until nothing is missing, or nothing has come for a while.
    private func awaitMessages(_ board: BenchBoard) async {
        var (before, since) = (-1, ContinuousClock.now)
        while board.failure == nil {
            let account = board.account
            if account.missing.lowerBound == 0 { return }
            if account.delivered != before { (before, since) = (account.delivered, .now) }
            if since.duration(to: .now) > Self.patience { return }
            try? await Task.sleep(for: .milliseconds(5))
        }
    }
}
