import RedisCore
import RedisEvents

/// `rwatch monitor`.
package enum WatchMonitor {
    /// Prints the selected commands that the server executes until the run ends. If the target has a database and the
    /// selection has none, commands in other databases are left out. With a `tally`, they are counted and not printed.
    package static func run(
        _ target: Target,
        form: EventForm,
        guard protection: GuardSettings,
        settings: RunSettings,
        selection: Selection = Selection(),
        tally: LiveTally? = nil
    ) async -> ExitStatus {
        await WatchRun.run(settings.printing(form, of: .commands), isJSON: form.isJSON) {
            run async throws(RedisError) in
            run.begin(with: form.header(of: .commands))
            for configuration in try await target.open(run.atEnd) {
                let labels = NodeLabels(target, isJSON: form.isJSON)
                var selection = selection
                let words = Self.words(selection, configuration.database)
                if selection.databases.isEmpty, configuration.database != 0 {
                    selection.databases = [configuration.database]
                }
                let table = try await run.commands(of: configuration, for: selection, and: form, keys: tally != nil)
                tally?.use(table)
                let monitor = try Monitor(
                    configuration.within(run),
                    guard: protection.monitorGuard(reconnects: configuration.reconnect.isEnabled),
                    loop: run.loop,
                    sink: MonitorLineSink(
                        run,
                        form: form,
                        labels: labels,
                        filter: selection.filter(table),
                        commands: table,
                        tally: tally
                    )
                )
                run.whileStopped(suspend: monitor)
                run.atEnd { await monitor.close() }
                do throws(RedisError) {
                    try await run.begin(configuration, watching: words) { () async throws(RedisError) in
                        try await monitor.start()
                    }
                } catch { throw error.advised("monitor", [], configuration.user) }
                tally?.begins()
            }
        }
    }

    private static func words(_ selection: Selection, _ database: Int) -> String {
        let databases = selection.databases.isEmpty && database != 0 ? [database] : selection.databases
        return (selection.isOfAll ? "all commands" : "the selected commands") + Words.databases(databases)
    }
}

extension WatchRun {
    /// Makes a run and starts it.
    static func run(
        _ settings: RunSettings,
        isJSON: Bool,
        _ start: @escaping @Sendable (WatchRun) async throws(RedisError) -> Void
    ) async -> ExitStatus {
        do throws(RedisError) {
            let run = try WatchRun(settings, isJSON: isJSON)
            return await run.run { () async throws(RedisError) in try await start(run) }
        } catch {
            Notices.say(error.words)
            return ExitStatus(error)
        }
    }
}
