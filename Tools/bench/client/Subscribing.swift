import Glibc
import RedisEvents

/// The ways in which messages are taken.
enum Subscribing {
    /// Nothing is lost but in the way `slow`: a full buffer stops the reading of the link, and the feeder waits.
    static func run(_ arguments: Arguments) async throws {
        if arguments.way == "slow" { try await readSlowly(arguments) }
        let counter = Counter(arguments)
        let pubsub = try PubSub(
            arguments.configuration(),
            overflow: .pauseReading,
            ignoreSubscribeMessages: true
        )
        let kind: RedisSubscriptionKind = arguments.mode == "pattern" ? .pattern : .channel
        let names = kind == .pattern ? ["channel:*"] : arguments.names
        let count = { @Sendable (message: PubSub.Message) in counter.message(message.payload.count) }
        switch arguments.way {
        case "inline":
            try await pubsub.subscribe(kind, names, handler: .inline { counter.message($0.payload.byteCount) })
            counter.start()
            try await wait(holding: pubsub)
        case "handler":
            try await pubsub.subscribe(kind, names, handler: .calling(count))
            counter.start()
            try await pubsub.run()
        case "thread":
            try await pubsub.subscribe(kind, names, handler: .calling(count))
            counter.start()
            let thread = try pubsub.runInThread()
            try await wait(holding: thread)
        case "stream":
            try await pubsub.subscribe(kind, names)
            counter.start()
            for try await event in pubsub.events {
                if let message = event.message { counter.message(message.payload.count) }
            }
        case "batch":
            try await pubsub.subscribe(kind, names)
            counter.start()
            for try await batch in pubsub.batches {
                for event in batch {
                    if let message = event.message { counter.message(message.payload.count) }
                }
            }
        case "listen":
            try await pubsub.subscribe(kind, names)
            counter.start()
            listen(pubsub, counter)
        default:
            throw Arguments.Wrong()
        }
    }

    private static func listen(_ pubsub: PubSub, _ counter: Counter) {
        for event in pubsub.listen() {
            if let message = event.message { counter.message(message.payload.count) }
        }
    }

    /// A reader that works for ten microseconds on each message, which is ten to a hundred times too slow.
    private static func readSlowly(_ arguments: Arguments) async throws {
        let counter = Counter(arguments)
        let pubsub = try PubSub(arguments.configuration(), buffer: RedisBufferLimit(events: 10_000, bytes: 4 << 20))
        async let results = pubsub.subscribe(.channel, arguments.names)
        for try await event in pubsub.events {
            switch event {
            // It has to be taken before the flood: it would be dropped and counted like any other event.
            case .subscribed: counter.start()
            case .message(let message):
                counter.message(message.payload.count)
                spin(microseconds: 10)
            case .drop(let drop): counter.drop(drop)
            default: break
            }
        }
        _ = try await results
    }

    private static func spin(microseconds: Int) {
        let end = Cost.nanoseconds() + microseconds * 1000
        while Cost.nanoseconds() < end {}
    }
}
