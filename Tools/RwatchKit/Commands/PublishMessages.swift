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

    /// Publishes messages to a channel.
    package init(channel: RedisBytes, source: Source, isShard: Bool) {
        self.channel = channel
        self.source = source
        self.isShard = isShard
    }

    /// At most this many messages wait for their replies.
    private static let window = 1024

    /// Publishes, and prints how many subscriptions received each message, one line for each.
    package func run(_ target: Target) async -> ExitStatus {
        await PlainRun.run(target) { client, output async throws(RedisError) in
            do throws(RedisError) {
                switch source {
                case .argument(let message):
                    output.line("\(try await client.reply(to: command(message)))")
                case .standardInput:
                    let message = RedisBytes(try LineInput.standardInput.readAll())
                    output.line("\(try await client.reply(to: command(message)))")
                case .lines:
                    try await publishLines(client, output)
                }
            } catch { throw error.advised("publish to", [channel], target.user) }
        }
    }

    private func publishLines(_ client: RedisClient, _ output: PlainOutput) async throws(RedisError) {
        var input = LineInput.standardInput
        var sent: [Promise<RESPValue>] = []
        while let line = try input.nextLine() {
            sent.append(try client.enqueue(command(line)))
            // Typed lines are published at once; many lines are published together.
            if sent.count == Self.window || !input.hasBufferedLine {
                for answer in sent { output.line("\(try await answer.value().receivers())") }
                output.flush()
                sent = []
            }
        }
        for answer in sent { output.line("\(try await answer.value().receivers())") }
    }

    private func command(_ message: RedisBytes) -> RedisCommand {
        [isShard ? "SPUBLISH" : "PUBLISH", channel, message]
    }
}

extension RedisClient {
    fileprivate func reply(to command: RedisCommand) async throws(RedisError) -> Int {
        try await send(command).receivers()
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
