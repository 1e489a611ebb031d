/// An event that is no message: confirmations, link events, gaps, drops.
package protocol MailboxControl: Sendable {
    /// The record of a loss in the mailbox.
    static func dropped(_ drop: Drop) -> Self

    /// Whether this is the record of a loss.
    var isDrop: Bool { get }

    /// Whether the event may be dropped like a message when the reader is too slow.
    var mayBeDropped: Bool { get }

    /// Takes the later event into this one, so that both can be told as one. Returns whether that is possible.
    mutating func absorb(_ later: Self) -> Bool
}
