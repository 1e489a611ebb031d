/// An event that is no message: confirmations, link events, gaps, drops.
package protocol MailboxControl: Sendable {
    /// The record of a loss in the mailbox.
    static func dropped(_ drop: RedisDrop) -> Self

    /// The loss that this is the record of, if it is one.
    var drop: RedisDrop? { get }

    /// What the event holds beside its record, in bytes.
    var heldBytes: Int { get }

    /// Whether it is a push of a kind that is not known. `RedisBufferLimit.pushBytes` is for these.
    var isUnknownPush: Bool { get }

    /// Whether the event may be dropped like a message when the reader is too slow.
    var mayBeDropped: Bool { get }

    /// The server that the event is from, or is about; `nil` where that is none in particular.
    var node: RedisEndpoint? { get }

    /// Takes the later event into this one, so that both can be told as one. Returns whether that is possible.
    mutating func absorb(_ later: Self) -> Bool
}

extension MailboxControl {
    /// Whether this is the record of a loss.
    var isDrop: Bool { drop != nil }

    package var isUnknownPush: Bool { false }
}

/// What a mailbox has to say to the loop about the link.
package enum MailboxPressure: UInt8, Sendable {
    case none
    /// Nothing should be read until there is room.
    case full
    /// The readers were too slow, once and for all.
    case failed
}

/// What a mailbox does when more waits than its limit allows. Which of these a stream may choose is for the public
/// types to say: `PubSub.OverflowPolicy`, `PubSub.Subscription.OverflowPolicy`, `Monitor.OverflowPolicy`.
package enum OverflowRule: Sendable, Hashable {
    case dropOldest
    case dropNewest
    case latestPerChannel
    case pauseReading
    case fail
}
