import RedisCore
import RedisEvents

/// `rwatch monitor`.
package enum WatchMonitor {
    /// Prints every command that the server executes until the run ends. If the target has a database, commands in
    /// other databases are left out.
    package static func run(
        _ target: Target,
        form: CommandForm,
        guard settings: GuardSettings,
        limits: WatchLimits,
        database: Int? = nil,
        isQuiet: Bool = false
    ) async -> ExitStatus {
        await WatchRun.run(limits, isJSON: form == .json, isQuiet: isQuiet) { run async throws(RedisError) in
            for configuration in try await target.open(run.atEnd) {
                let labels = NodeLabels(target, isJSON: form == .json)
                let database = database ?? (configuration.database == 0 ? nil : configuration.database)
                let monitor = try Monitor(
                    configuration.within(run),
                    guard: settings.monitorGuard(reconnects: configuration.reconnect.isEnabled),
                    loop: run.loop,
                    sink: MonitorLineSink(run, form: form, labels: labels, database: database)
                )
                run.whileStopped(suspend: monitor)
                run.atEnd { await monitor.close() }
                do throws(RedisError) {
                    try await run.begin(configuration, watching: Self.words(database)) { () async throws(RedisError) in
                        try await monitor.start()
                    }
                } catch { throw error.advised("monitor", [], configuration.user) }
            }
        }
    }

    private static func words(_ database: Int?) -> String {
        "all commands" + (database.map { " in database \($0)" } ?? "")
    }
}

extension WatchRun {
    /// Makes a run and starts it.
    static func run(
        _ limits: WatchLimits,
        isJSON: Bool,
        isQuiet: Bool,
        _ start: @escaping @Sendable (WatchRun) async throws(RedisError) -> Void
    ) async -> ExitStatus {
        do throws(RedisError) {
            let run = try WatchRun(limits: limits, isJSON: isJSON, isQuiet: isQuiet)
            return await run.run { () async throws(RedisError) in try await start(run) }
        } catch {
            Notices.say(error.words)
            return ExitStatus(error)
        }
    }
}
