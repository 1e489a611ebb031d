import RedisCore
import RedisEvents

/// `rwatch monitor`.
package enum WatchMonitor {
    /// Prints the selected commands that the server executes until the run ends. If the target has a database and the
    /// selection has none, commands in other databases are left out. `needs` is what is wanted beyond what the form and
    /// the selection ask for, and `duty` the part of the time that is monitored; `nil` for all of it. With a `tally`,
    /// the commands are counted and not printed.
    package static func run(
        _ target: Target,
        form: EventForm,
        guard protection: GuardSettings,
        settings: RunSettings,
        selection: Selection = Selection(),
        needs: OriginNeeds = OriginNeeds(),
        duty: DutyCycle? = nil,
        tally: LiveTally? = nil
    ) async -> ExitStatus {
        await WatchRun.run(settings.printing(form, of: .commands), isJSON: form.isJSON) {
            run async throws(RedisError) in
            run.begin(with: form.header(of: .commands))
            for configuration in try await target.open(run.atEnd) {
                let labels = NodeLabels(target, isJSON: form.isJSON)
                var selection = selection
                let words = Self.words(selection, configuration.database, duty)
                let runner = duty.map { DutyRunner($0, on: run.loop) }
                if selection.databases.isEmpty, configuration.database != 0 {
                    selection.databases = [configuration.database]
                }
                let desk = try await run.desk(of: configuration, for: needs.with(selection, form, configuration))
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
                        needs: desk.needs,
                        desk: desk.desk,
                        duty: runner,
                        tally: tally
                    )
                )
                desk.desk?.onAnswers { [weak monitor] in monitor?.endTurn() }
                let pauses = MonitorPauses(of: monitor)
                run.whileStopped(suspend: pauses)
                run.atEnd { await monitor.close() }
                do throws(RedisError) {
                    try await run.begin(configuration, watching: words) { () async throws(RedisError) in
                        try await monitor.start()
                    }
                } catch { throw error.advised("monitor", [], configuration.user) }
                tally?.begins()
                if let runner {
                    run.figures.add(runner)
                    run.atEnd { runner.end() }
                    runner.begin(pauses)
                }
            }
        }
    }

    private static func words(_ selection: Selection, _ database: Int, _ duty: DutyCycle?) -> String {
        let databases = selection.databases.isEmpty && database != 0 ? [database] : selection.databases
        return (selection.isOfAll ? "all commands" : "the selected commands") + Words.databases(databases)
            + (duty.map { ", \(Notices.seconds($0.turn)) of each second," } ?? "")
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
