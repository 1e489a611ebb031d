import RedisCore
import RedisEvents

/// `rwatch monitor`.
package enum WatchMonitor {
    /// Prints every command that the server executes until the run ends.
    package static func run(
        _ target: Target,
        form: CommandForm,
        guard settings: GuardSettings,
        limits: WatchLimits,
        isQuiet: Bool = false
    ) async -> ExitStatus {
        await WatchRun.run(limits, isJSON: form == .json, isQuiet: isQuiet) { run async throws(RedisError) in
            for configuration in try await target.open(run.atEnd) {
                let labels = NodeLabels(target, isJSON: form == .json)
                let monitor = try Monitor(
                    configuration.within(run),
                    guard: settings.monitorGuard(reconnects: configuration.reconnect.isEnabled),
                    loop: run.loop,
                    sink: MonitorLineSink(run, form: form, labels: labels)
                )
                run.whileStopped(suspend: monitor)
                run.atEnd { await monitor.close() }
                try await run.begin(configuration, watching: "all commands") { () async throws(RedisError) in
                    try await monitor.start()
                }
            }
        }
    }
}

extension WatchRun {
    /// Makes a run and lets it begin.
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
            Notices.say("\(error)")
            return ExitStatus(error)
        }
    }
}
