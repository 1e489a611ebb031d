import RedisToolkit

/// Reads a value that the process keeps, again and again.
enum Caching {
    static func run(_ arguments: Arguments) async throws {
        let client = try RedisClient(arguments.configuration())
        let cache = try RedisCache(client, namespace: "bench")
        let region = try cache.region("value", key: Int.self, value: String.self)
        // Until it is kept here.
        while region[7] == nil { _ = try await region.value(for: 7) { _ in "value" } }
        let begin = Cost.now()
        for _ in 0..<arguments.messages {
            guard try await region.value(for: 7, { _ in "other" }) == "value" else { throw Arguments.Wrong() }
        }
        let end = Cost.now()
        Report.end([
            ("messages", arguments.messages), ("cpu", end.cpu - begin.cpu), ("wall", end.wall - begin.wall),
        ])
    }
}
