/// An event that is not a message: a confirmation, a link event, a gap or a drop.
package protocol MailboxControl: Sendable {
    /// The control event for a drop in the mailbox.
    static func dropped(_ drop: RedisDrop) -> Self

    /// The dropped events, if this is a drop.
    var drop: RedisDrop? { get }

    /// The bytes of the event beside its record.
    var heldBytes: Int { get }

    /// Whether it is a push of an unknown kind. `RedisBufferLimit.pushBytes` limits these.
    var isUnknownPush: Bool { get }

    /// Whether the event may be dropped like a message when the reader is too slow.
    var mayBeDropped: Bool { get }

    /// The server that the event came from or is about; `nil` where it is no particular server.
    var node: RedisEndpoint? { get }

    /// What an observer is told of the event at once; `nil` for nothing.
    var observed: ObservedControl? { get }

    /// Merges the later event into this one. Returns whether that is possible.
    mutating func absorb(_ later: Self) -> Bool

    /// Whether the event may be merged into one that stands before that message. By default it may.
    func mayPrecede(_ message: Record) -> Bool
}

extension MailboxControl {
    /// Whether this is a drop.
    var isDrop: Bool { drop != nil }

    package var isUnknownPush: Bool { false }
    package func mayPrecede(_ message: Record) -> Bool { true }
}

/// What the mailbox wants of the link.
package enum MailboxPressure: UInt8, Sendable {
    case none
    /// The link should not be read until there is room, unless for a reply that somebody waits for.
    case full
    /// The link should not be read until there is room, whoever waits for a reply.
    case overfull
    /// The readers were too slow, and the stream has failed.
    case failed
}

/// What a mailbox does when more waits than its limit allows. The public types say which of these a stream may choose:
/// `PubSub.OverflowPolicy`, `PubSub.Subscription.OverflowPolicy`, `Monitor.OverflowPolicy`.
package enum OverflowRule: Sendable, Hashable {
    case dropOldest
    case dropNewest
    case latestPerChannel
    case pauseReading
    case fail
}
