import RedisEvents
import RedisTesting
import Testing

extension RedisServer {
    /// Publishes numbers, each to one of the channels in turn, from inside the server: as fast as it can.
    func flood(_ channels: String..., numbers: Range<Int>) throws {
        let script = """
            for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
              redis.call('PUBLISH', ARGV[3 + i % (#ARGV - 2)], i)
            end
            """
        for start in stride(from: numbers.lowerBound, to: numbers.upperBound, by: 10_000) {
            let last = min(start + 10_000, numbers.upperBound) - 1
            let arguments = ["EVAL", script, "0", "\(start)", "\(last)"] + channels
            _ = try command(arguments.map { Array($0.utf8) })
        }
    }

    /// Lets the server keep as much as it likes for a subscriber that does not read.
    func keepEverything() throws {
        _ = try command("CONFIG", "SET", "client-output-buffer-limit", "pubsub 0 0 0")
    }

    func subscribers(_ channel: String) throws -> Int {
        try command("PUBSUB", "NUMSUB", channel).split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? -1
    }
}

/// Follows a stream of numbered messages: each comes in its turn, or lies in a drop that stands exactly there.
struct Account {
    private(set) var next: Int
    private(set) var delivered = 0
    private(set) var dropped = 0
    /// The number of drop records.
    private(set) var drops = 0
    private(set) var complaint: String?
    private var lastWasDrop = false

    init(from first: Int = 0) { next = first }

    mutating func add(_ event: PubSub.Event) {
        switch event {
        case .message(let message): add(message)
        case .drop(let drop):
            if lastWasDrop { complaint = complaint ?? "two drops side by side" }
            lastWasDrop = true
            next += drop.count
            dropped += drop.count
            drops += 1
        default: complaint = complaint ?? words(event)
        }
    }

    mutating func add(_ message: PubSub.Message) {
        let number = message.text.flatMap { Int($0) }
        if number != next { complaint = complaint ?? "\(message.payload) instead of \(next)" }
        next += 1
        delivered += 1
        lastWasDrop = false
    }
}
