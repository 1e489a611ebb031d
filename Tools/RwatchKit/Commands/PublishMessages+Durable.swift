import RedisCommands
import RedisCore
import RedisRESP
import RedisStreams

extension PublishMessages {
    /// So many lines that have come already are published in one step.
    private static let mostTogether = 100

    /// Publishes on a durable channel, and prints the id of each message.
    func publishDurable(_ target: Target, _ retention: MessageRetention) async -> ExitStatus {
        await PlainRun.run(target) { client, output async throws(RedisError) in
            do throws(RedisError) {
                let durable = try DurableChannel(channel, on: client, keeping: retention.retention)
                switch source {
                case .argument(let message): try await publish([message], durable, output)
                case .standardInput:
                    try await publish([RedisBytes(try LineInput.standardInput.readAll())], durable, output)
                case .lines: try await publishLines(durable, output)
                }
            } catch { throw error.advised("publish to", [channel], target.user) }
        }
    }

    private func publish(
        _ messages: [RedisBytes],
        _ durable: DurableChannel,
        _ output: PlainOutput
    ) async throws(RedisError) {
        for id in try await durable.publish(contentsOf: messages, timeout: replyTimeout) { output.line("\(id)") }
        output.flush()
    }

    private func publishLines(_ durable: DurableChannel, _ output: PlainOutput) async throws(RedisError) {
        var input = LineInput.standardInput
        var lines: [RedisBytes] = []
        var pace = rate.map { SendPace(rate: $0, from: .now) }
        while let line = try input.nextLine() {
            if let due = pace?.next(), due > .now { try? await Task.sleep(until: due, clock: .continuous) }
            lines.append(line)
            if rate != nil || lines.count == Self.mostTogether || !input.hasBufferedLine {
                try await publish(lines, durable, output)
                lines = []
            }
        }
        if !lines.isEmpty { try await publish(lines, durable, output) }
    }
}
