internal import RedisCommands
internal import RedisRESP

/// The keys of a queue. All of them have the slot of its name.
struct QueueNames: Sendable {
    let name: RedisBytes
    /// The streams, that of the least urgent messages first.
    let streams: [RedisBytes]
    /// Delayed and periodic messages, by the time at which they are due.
    let delayed: RedisBytes
    /// The periodic messages, by their names.
    let periodic: RedisBytes
    /// The channel on which room and earlier delayed messages are told.
    let news: RedisBytes

    /// The group of all consumers.
    static var group: RedisBytes { "queue" }

    init(_ name: RedisBytes, priorities: Int) {
        self.name = name
        streams = [name] + (1..<priorities).map { name.helper("priority.\($0)") }
        delayed = name.helper("delayed")
        periodic = name.helper("periodic")
        news = name.helper("news")
    }

    /// For messages: `the queue "mail"`.
    var words: String { "the queue \(name.debugDescription)" }

    /// What is remembered of the last put of one putter.
    func memory(_ putter: String) -> RedisBytes { name.helper("put.\(putter)") }
}
