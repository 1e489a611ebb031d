/// How much of a durable channel its stream keeps for those that are away. What is trimmed, nobody can read any more,
/// and a reader that had not read it is told.
///
/// The server trims whole nodes of the stream, of up to a hundred entries, so that it keeps a little more.
public struct DurableRetention: Sendable, Hashable {
    enum Limit: Sendable, Hashable {
        case none
        case length(Int)
        case age(Duration)
        case bytes(Int)
    }

    let limit: Limit

    /// The last messages, so many.
    public static func last(_ count: Int) -> DurableRetention { DurableRetention(limit: .length(count)) }

    /// The messages of that time, by the server's clock (Redis 6.2).
    public static func age(_ age: Duration) -> DurableRetention { DurableRetention(limit: .age(age)) }

    /// As many of the last messages as take about that much of the server's memory. It is looked at every 64th message.
    public static func bytes(_ count: Int) -> DurableRetention { DurableRetention(limit: .bytes(count)) }

    /// All of them. The stream grows until something else trims it.
    public static let everything = DurableRetention(limit: .none)

    /// What the script is told.
    var words: (rule: String, value: Int) {
        switch limit {
        case .none: ("", 0)
        case .length(let count): ("MAXLEN", count)
        case .age(let age): ("MINID", age.wholeMilliseconds)
        case .bytes(let count): ("BYTES", count)
        }
    }

    func check() throws(RedisError) {
        switch limit {
        case .none: break
        case .length(let count), .bytes(let count):
            if count < 1 {
                throw RedisError(.invalidConfiguration, "a durable channel cannot keep \(count): the least is 1")
            }
        case .age(let age):
            if age < .milliseconds(1) || age > .seconds(10 * 366 * 86400) {
                let text = "a durable channel cannot keep \(age.inSeconds): from 1 ms to ten years can be kept"
                throw RedisError(.invalidConfiguration, text)
            }
        }
    }
}
