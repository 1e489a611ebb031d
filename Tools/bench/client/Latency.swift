import RedisEvents

/// From the moment at which a message was meant to be published to the handler.
enum Latency {
    static func run(_ arguments: Arguments) async throws {
        let delays = Delays(wanted: arguments.messages)
        let pubsub = try PubSub(arguments.configuration())
        if arguments["--handler"] == "thread" {
            try await pubsub.subscribe(.channel, arguments.names, handler: .calling { delays.message($0.payload) })
            let thread = try pubsub.runInThread()
            try await wait(holding: thread)
        } else {
            try await pubsub.subscribe(.channel, arguments.names, handler: .inline { delays.message($0.payload) })
            try await wait(holding: pubsub)
        }
    }
}
