import RedisEvents

/// The lines of MONITOR through a link, taken by a `for await` loop.
enum Monitoring {
    @concurrent
    static func run(_ setting: Setting, _ form: Monitor.Form) async throws {
        // Room for all that comes: a monitor does not pause, and what it drops costs something else. No guard: it looks
        // at the server by the clock.
        let room = RedisBufferLimit(events: setting.messages + 1, bytes: .max)
        let monitor = try Monitor(setting.configuration, form: form, buffer: room, guard: nil)
        let countdown = Countdown(setting.messages)
        for try await event in monitor.events {
            switch event {
            case .command(let command): countdown.message(command.arguments[2].count)
            case .line: countdown.line()
            case .drop(let drop): Countdown.fail("\(drop.count) lines were dropped")
            case .gap, .link, .unguarded, .failed: continue
            }
        }
    }
}
