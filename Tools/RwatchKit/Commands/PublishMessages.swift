import RedisCommands
import RedisCore
package import RedisRESP
import RedisReactor

/// `rwatch pub`.
package struct PublishMessages: Sendable {
    /// What to publish.
    package enum Source: Sendable {
        case argument(RedisBytes)
        /// All of standard input as one message.
        case standardInput
        /// Each line of standard input as a message.
        case lines
    }

    package var channel: RedisBytes
    package var source: Source
    package var isShard: Bool
    /// How many subscriptions must receive each message.
    package var leastReceivers: Int
    /// How long to wait for the reply to each message.
    package var replyTimeout: Duration
    /// How many messages are published a second; `nil` for as many as the server takes.
    package var rate: Int?
    /// How much the channel keeps, if it is a durable one.
    package var retention: MessageRetention?

    /// Publishes messages to a channel.
    package init(
        channel: RedisBytes,
        source: Source,
        isShard: Bool,
        leastReceivers: Int = 0,
        replyTimeout: Duration = .seconds(30),
        rate: Int? = nil,
        retention: MessageRetention? = nil
    ) {
        self.retention = retention
        self.channel = channel
        self.source = source
        self.isShard = isShard
        self.leastReceivers = leastReceivers
        self.replyTimeout = replyTimeout
        self.rate = rate
    }

    /// At most this many messages wait for their replies.
    private static let window = 1024

    /// Publishes, and prints how many subscriptions received each message, one line for each.
    package func run(_ target: Target) async -> ExitStatus {
        if let retention { return await publishDurable(target, retention) }
        let short = Locked(0)
        let status = await PlainRun.run(target) { client, output async throws(RedisError) in
            var replies = Replies(least: leastReceivers, output)
            defer { short.withLock { $0 = replies.short } }
            do throws(RedisError) {
                switch source {
                case .argument(let message): try await replies.print(try send(message, client))
                case .standardInput:
                    let message = RedisBytes(try LineInput.standardInput.readAll())
                    try await replies.print(try send(message, client))
                case .lines: try await publishLines(client, &replies)
                }
            } catch { throw error.advised("publish to", [channel], target.user) }
        }
        let count = short.withLock { $0 }
        guard status == .success, count > 0 else { return status }
        Notices.say("\(Words.count(count, "message")) had fewer receivers than --require \(leastReceivers)")
        return .conditionUnmet
    }

    private func publishLines(_ client: RedisClient, _ replies: inout Replies) async throws(RedisError) {
        var input = LineInput.standardInput
        var sent: [Promise<RESPValue>] = []
        var pace = rate.map { SendPace(rate: $0, from: .now) }
        while let line = try input.nextLine() {
            if let due = pace?.next(), due > .now {
                try await replies.print(&sent)
                try? await Task.sleep(until: due, clock: .continuous)
            }
            sent.append(try send(line, client))
            // Typed lines are published at once; many lines are published together.
            if sent.count == Self.window || !input.hasBufferedLine { try await replies.print(&sent) }
        }
        try await replies.print(&sent)
    }

    private func send(_ message: RedisBytes, _ client: RedisClient) throws(RedisError) -> Promise<RESPValue> {
        try client.enqueue([isShard ? "SPUBLISH" : "PUBLISH", channel, message], timeout: replyTimeout)
    }

    /// Prints replies, and counts the messages that had too few receivers.
    private struct Replies {
        private let least: Int
        private let output: PlainOutput
        private(set) var short = 0

        init(least: Int, _ output: PlainOutput) {
            self.least = least
            self.output = output
        }

        mutating func print(_ reply: Promise<RESPValue>) async throws(RedisError) {
            let receivers = try await reply.value().receivers()
            if receivers < least { short += 1 }
            output.line("\(receivers)")
        }

        mutating func print(_ replies: inout [Promise<RESPValue>]) async throws(RedisError) {
            for reply in exchange(&replies, with: []) { try await print(reply) }
            output.flush()
        }
    }
}

/// When the next of many messages may be sent, so that there are no more of them a second. A sender that woke up late
/// makes up for it, but not for a longer delay, after which many messages would be sent at once.
package struct SendPace {
    private static let mostDelay = Duration.milliseconds(100)

    private let interval: Duration
    private var due: ContinuousClock.Instant

    package init(rate: Int, from start: ContinuousClock.Instant) {
        interval = .seconds(1) / rate
        due = start
    }

    /// Returns when the next message may be sent.
    package mutating func next(at now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant {
        let time = max(due, now - Self.mostDelay)
        due = time.advanced(by: interval)
        return time
    }
}

extension RESPValue {
    /// How many subscriptions received the message, from the reply to it.
    fileprivate func receivers() throws(RedisError) -> Int {
        guard let count else {
            throw RedisError(.unexpectedReply, "the reply to PUBLISH is not a count", phase: .command)
        }
        return count
    }
}
