/// What a mailbox has to say to the loop about the link.
package enum MailboxPressure: UInt8, Sendable {
    case none
    /// Nothing should be read until there is room.
    case full
    /// The readers were too slow, once and for all.
    case failed
}
