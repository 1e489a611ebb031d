import RedisCommands
import RedisCore
import RedisTesting

/// A run of a command that sends requests, prints and ends. Signals keep their default actions.
enum PlainRun {
    static func run(
        _ target: Target,
        _ body: (RedisClient, PlainOutput) async throws(RedisError) -> Void
    ) async -> ExitStatus {
        OutputPump.ignoreBrokenPipeSignal()
        let endings = Locked<[@Sendable () async -> Void]>([])
        var status = ExitStatus.success
        do throws(RedisError) {
            let output = try PlainOutput()
            let configuration = try await target.openOne { ending in endings.withLock { $0.append(ending) } }
            do throws(RedisError) {
                let client = try RedisClient(configuration)
                try await body(client, output)
                await client.close()
            } catch { status = Self.status(of: error) }
            if let failure = output.finish() { status = ExitStatus(failure) }
        } catch { status = Self.status(of: error) }
        for ending in endings.withLock({ exchange(&$0, with: []) }) { await ending() }
        return status
    }

    private static func status(of error: RedisError) -> ExitStatus {
        Notices.say(error.words)
        return ExitStatus(error)
    }
}
