import RedisEvents

/// Many links on one loop, each with its own subscription and an inline handler.
enum Links {
    static func run(_ arguments: Arguments) async throws {
        // The handlers all run on the loop's thread.
        let counter = Counter(arguments)
        let links = try await open(arguments.number("--links", or: 1), arguments, on: RedisEventLoop(name: "links")) {
            counter.message($0.payload.byteCount)
        }
        counter.start()
        try await wait(holding: links)
    }

    static func open(
        _ count: Int,
        _ arguments: Arguments,
        on loop: RedisEventLoop,
        _ handler: @escaping @Sendable (borrowing PubSub.MessageView) -> Void
    ) async throws -> [PubSub] {
        var links: [PubSub] = []
        for _ in 0..<count {
            let link = try PubSub(arguments.configuration(), loop: loop)
            try await link.subscribe(.channel, arguments.names, handler: .inline(handler))
            links.append(link)
        }
        return links
    }
}
