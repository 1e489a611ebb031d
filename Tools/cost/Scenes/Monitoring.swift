import RedisEvents

/// The lines of MONITOR through a link, taken by a `for await` loop.
enum Monitoring {
    @concurrent
    static func run(_ setting: Setting, _ form: Monitor.Form) async throws {
        // No guard: it looks at the server by the clock.
        let monitor = try Monitor(setting.configuration, form: form, guard: nil)
        let countdown = Countdown(setting.messages)
        for try await event in monitor.events {
            switch event {
            case .command(let command): countdown.message(command.arguments[2].count)
            case .line: countdown.line()
            case .drop(let drop): Countdown.fail("\(drop.count) lines were dropped")
            case .gap, .link, .unguarded: continue
            }
        }
    }
}
