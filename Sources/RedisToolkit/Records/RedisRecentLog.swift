internal import FoundationEssentials

/// The last messages of each log, kept at a server where every process can read them: `log_recent` of *Redis in
/// Action*.
///
/// ```swift
/// let log = RedisRecentLog(client)
/// try await log.add("started", to: "api")
/// for message in try await log.messages(of: "api") { print(message) }
/// ```
///
/// A message is one step at the server, and a log never has more than so many. Whoever wants to go on without an answer
/// from the server lets a task do it.
///
/// **The keys** are `recent:<name>:<severity>`, lists with the newest message first, each with the time in front as
/// `asctime` writes it, in UTC.
public struct RedisRecentLog: Sendable {
    /// How much a message matters.
    public enum Severity: String, Sendable, Hashable, CaseIterable {
        /// What helps to find faults.
        case debug
        /// What happens in good order.
        case info
        /// What may become a fault.
        case warning
        /// What went wrong.
        case error
        /// What must be looked at now.
        case critical
    }

    /// Reaches the server.
    public let client: RedisClient
    /// How many messages each log has at most.
    public let limit: Int

    /// Logs. Nothing is sent yet.
    ///
    /// - Parameters:
    ///   - client: Reaches the server.
    ///   - limit: How many messages each log has at most, 1 at least.
    public init(_ client: RedisClient, limit: Int = 100) {
        self.client = client
        self.limit = max(limit, 1)
    }

    /// Adds a message to a log.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - name: The log.
    ///   - severity: How much it matters. Each severity has a log of its own.
    /// - Throws: What `RedisClient.atomically` throws.
    public func add(
        _ message: some RedisBytesConvertible,
        to name: String,
        severity: Severity = .info
    ) async throws(RedisError) {
        let line = RedisBytes(Array("\(Self.time(Date().timeIntervalSince1970)) ".utf8) + message.redisBytes)
        let key = key(name, severity)
        let limit = limit
        try await client.observing("add", of: "log", RedisBytes(name)) { () async throws(RedisError) in
            _ = try await client.atomically { batch in
                batch.append(.lpush(key, line))
                batch.append(.ltrim(key, 0, limit - 1))
            }
        }
    }

    /// The messages of a log, the newest first.
    ///
    /// - Throws: What `RedisClient.send` throws.
    public func messages(of name: String, severity: Severity = .info) async throws(RedisError) -> [RedisBytes] {
        try await client.send(.lrange(key(name, severity), 0, limit - 1))
    }

    private func key(_ name: String, _ severity: Severity) -> String { "recent:\(name):\(severity.rawValue)" }

    /// The time as C's `asctime` writes it: `Tue Dec  1 00:50:47 2026`.
    package static func time(_ secondsSince1970: Double) -> String {
        let date = Date(timeIntervalSince1970: secondsSince1970)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let parts = calendar.dateComponents([.weekday, .month, .day, .hour, .minute, .second, .year], from: date)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func padded(_ number: Int?, _ pad: String) -> String {
            let text = "\(number ?? 0)"
            return text.count < 2 ? pad + text : text
        }
        let day = "\(days[(parts.weekday ?? 1) - 1]) \(months[(parts.month ?? 1) - 1]) \(padded(parts.day, " "))"
        let time = [parts.hour, parts.minute, parts.second].map { padded($0, "0") }.joined(separator: ":")
        return "\(day) \(time) \(parts.year ?? 0)"
    }
}
