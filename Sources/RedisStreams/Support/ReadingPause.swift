internal import RedisEvents

/// Whether the reading stands still because the readers' mailbox is full: from then on until half of it was taken. A
/// plain value.
struct ReadingPause {
    private(set) var isOn = false

    /// Looks at the mailbox after something was put into it. Returns whether the reading stands still from now on.
    mutating func begins(at pressure: MailboxPressure) -> Bool {
        guard !isOn, pressure == .full || pressure == .overfull else { return false }
        isOn = true
        return true
    }

    /// Looks at the mailbox after a reader has made room. Returns whether the reading goes on from now on.
    mutating func ends(at pressure: MailboxPressure) -> Bool {
        guard isOn, pressure == .none else { return false }
        isOn = false
        return true
    }
}
