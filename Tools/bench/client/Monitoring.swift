import RedisEvents

enum Monitoring {
    /// Without the guard: there is nobody at the feeder whom it could ask. A monitor cannot pause, so that the feeder
    /// has to be held to the reader's pace.
    static func run(_ arguments: Arguments) async throws {
        let counter = Counter(arguments)
        let configuration = try arguments.configuration()
        switch arguments.way {
        case "typed":
            let monitor = try Monitor(configuration, guard: nil)
            try await monitor.start()
            counter.start()
            for try await event in monitor.events {
                if case .drop(let drop) = event { counter.drop(drop) }
                if let command = event.command {
                    var length = 0
                    for argument in command.arguments { length += argument.count }
                    counter.message(length)
                }
            }
        case "raw":
            let monitor = try Monitor(configuration, form: .lines, guard: nil)
            try await monitor.start()
            counter.start()
            for try await event in monitor.events {
                if case .drop(let drop) = event { counter.drop(drop) }
                if case .line(let line) = event { counter.message(line.bytes.count) }
            }
        case "inline":
            let monitor = try Monitor(configuration, guard: nil) { command in
                // What a watcher asks of every command: what it is, and the key.
                var arguments = command.arguments
                let name = arguments.next()?.text.byteCount ?? 0
                counter.message(name + (arguments.next()?.text.byteCount ?? 0))
            }
            try await monitor.start()
            counter.start()
            try await wait(holding: monitor)
        default:
            throw Arguments.Wrong()
        }
    }
}
