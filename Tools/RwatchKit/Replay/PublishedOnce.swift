import RedisEvents
import RedisRESP

/// Recognizes a published message that the recording has several times, because several subscriptions matched it. A
/// plain value.
///
/// A server sends one message for each subscription that matches, one directly behind the other. So a message is the
/// same publish as the one before from that server if it has the same channel and payload and came by a subscription
/// by which that publish has not come yet.
struct PublishedOnce {
    fileprivate struct Publish {
        var channel: [UInt8]
        var payload: [UInt8]
        /// The patterns by which it came.
        var patterns: [[UInt8]] = []
        var hasCome = false
        var hasComeByShard = false
        var lastUse = 0
    }

    /// At most so many servers are told apart.
    private static let mostNodes = 256

    private var publishes: [RedisBytes: Publish] = [:]
    private var uses = 0

    /// Whether a message is the first of its publish.
    mutating func isNew(_ message: borrowing RecordedMessage) -> Bool {
        let node = RedisBytes(copying: message.node)
        uses += 1
        if var publish = publishes[node], publish.channel.rawSpan.equals(message.channel),
            publish.payload.rawSpan.equals(message.payload), publish.comes(message.kind, message.pattern)
        {
            publish.lastUse = uses
            publishes[node] = publish
            return false
        }
        if publishes[node] == nil, publishes.count >= Self.mostNodes,
            let oldest = publishes.min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            publishes[oldest.key] = nil
        }
        var publish = Publish(
            channel: [UInt8](copying: message.channel),
            payload: [UInt8](copying: message.payload),
            lastUse: uses
        )
        _ = publish.comes(message.kind, message.pattern)
        publishes[node] = publish
        return true
    }
}

extension PublishedOnce.Publish {
    /// Notes that it comes by a subscription. Returns whether it has not yet.
    fileprivate mutating func comes(_ kind: PubSub.Message.Kind, _ pattern: RawSpan) -> Bool {
        switch kind {
        case .message:
            // Shard channels and channels of the same name are different ones.
            if hasCome || hasComeByShard { return false }
            hasCome = true
        case .smessage:
            if hasCome || hasComeByShard || !patterns.isEmpty { return false }
            hasComeByShard = true
        case .pmessage:
            if hasComeByShard || patterns.contains(where: { $0.rawSpan.equals(pattern) }) { return false }
            patterns.append([UInt8](copying: pattern))
        }
        return true
    }
}
