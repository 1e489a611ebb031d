import InMemoryTracing
import MetricsTestKit
import RedisCommands
import RedisTesting
import Tracing

extension TestMetrics {
    /// All labels and dimensions that were ever made, in one text.
    var allWords: String {
        let keys =
            counters.map { ($0.label, $0.dimensions) } + timers.map { ($0.label, $0.dimensions) }
            + recorders.map { ($0.label, $0.dimensions) } + meters.map { ($0.label, $0.dimensions) }
        return keys.map { label, dimensions in
            "\(label) \(dimensions.map { "\($0)=\($1)" }.sorted().joined(separator: ","))"
        }
        .sorted().joined(separator: "\n")
    }

    /// How many values the timers of a label have, if their dimensions contain these.
    func timed(_ label: String, _ dimensions: [String: String] = [:]) -> Int {
        timers.filter { $0.label == label && contains($0.dimensions, dimensions) }.reduce(0) { $0 + $1.values.count }
    }

    /// The sum of the counters of a label, if their dimensions contain these.
    func counted(_ label: String, _ dimensions: [String: String] = [:]) -> Int {
        counters.filter { $0.label == label && contains($0.dimensions, dimensions) }
            .reduce(0) { $0 + Int($1.totalValue) }
    }

    /// The last value of a gauge.
    func gauge(_ label: String, _ dimensions: [String: String] = [:]) -> Double? {
        recorders.first { $0.label == label && contains($0.dimensions, dimensions) }?.lastValue
    }

    private func contains(_ dimensions: [(String, String)], _ wanted: [String: String]) -> Bool {
        wanted.allSatisfy { key, value in dimensions.contains { $0 == (key, value) } }
    }
}

extension FinishedInMemorySpan {
    /// The attributes as text.
    var words: [String: String] {
        var words: [String: String] = [:]
        attributes.forEach { name, value in
            words[name] =
                switch value {
                case .string(let text): text
                case .int64(let number): "\(number)"
                default: "\(value)"
                }
        }
        return words
    }

    /// Everything that the span says, in one text.
    var allWords: String {
        "\(operationName) \(words) \(errors.map { "\($0.error)" }) \(status.map { "\($0)" } ?? "") \(events)"
    }
}

/// Runs a body with a client of a server, and closes both.
func withClient<Value: Sendable>(
    of server: RedisServer,
    _ change: (inout RedisConfiguration) -> Void,
    _ body: @Sendable (RedisClient) async throws -> Value
) async throws -> Value {
    var configuration = try RedisConfiguration(url: server.url)
    change(&configuration)
    let client = try RedisClient(configuration)
    do {
        let value = try await body(client)
        await client.close()
        return value
    } catch {
        await client.close()
        throw error
    }
}

/// Commands with a secret at every place where one may stand.
let secretive: [RedisCommand] = [
    ["SET", "key", "hunter2"], ["AUTH", "hunter2"], ["CONFIG", "SET", "maxmemory-policy", "hunter2"],
    ["ACL", "SETUSER", "u", ">hunter2", "hunter2"], ["HUNTER2", "hunter2"], ["CLIENT", "HUNTER2"],
    ["EVAL", "return redis.error_reply('HUNTER2 hunter2')", "0"],
    ["MIGRATE", "127.0.0.1", "1", "k", "0", "1", "AUTH", "hunter2"],
]
