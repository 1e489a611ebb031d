/// A command that took long.
public struct RedisSlowLogEntry: Sendable, Hashable {
    /// Its number, which rises.
    public let id: Int
    /// When it ran, to a second.
    public let time: RedisTimestamp
    /// How long it took, to a microsecond.
    public let duration: Duration
    /// The command and its arguments. The server cuts long ones.
    public let arguments: [RedisBytes]
    /// From where it came, `host:port`.
    public let address: String
    /// The name of its connection; empty when it had none.
    public let clientName: RedisBytes
}

extension RedisSlowLogEntry: RedisReply {
    /// An array of the six.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count >= 6, let id = parts[0].count,
            let time = Replies.seconds(parts[1]), let microseconds = parts[2].count,
            let arguments = [RedisBytes](reply: parts[3]), let address = parts[4].text, let name = parts[5].bytes
        else { return nil }
        self.id = id
        self.time = time
        duration = .microseconds(microseconds)
        self.arguments = arguments
        self.address = address
        clientName = name
    }
}

/// An event of the server that took long, such as `fork` or `command`.
public struct RedisLatencyEvent: Sendable, Hashable {
    /// Its name.
    public let name: String
    /// When it last took long, to a second.
    public let time: RedisTimestamp
    /// How long it took then, to a millisecond.
    public let latest: Duration
    /// How long it has taken at most, to a millisecond.
    public let maximum: Duration
}

extension RedisLatencyEvent: RedisReply {
    /// An array of the four, and of more that is not read (Valkey 8.1).
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count >= 4, let name = parts[0].text,
            let time = Replies.seconds(parts[1]), let latest = parts[2].count, let maximum = parts[3].count
        else { return nil }
        self.name = name
        self.time = time
        self.latest = .milliseconds(latest)
        self.maximum = .milliseconds(maximum)
    }
}

/// How long an event of the server took once.
public struct RedisLatencySample: Sendable, Hashable {
    /// When, to a second.
    public let time: RedisTimestamp
    /// How long, to a millisecond.
    public let duration: Duration
}

extension RedisLatencySample: RedisReply {
    /// An array of the two.
    public init?(reply: RESPValue) {
        guard let parts = reply.elements, parts.count == 2, let time = Replies.seconds(parts[0]),
            let duration = parts[1].count
        else { return nil }
        self.time = time
        self.duration = .milliseconds(duration)
    }
}
