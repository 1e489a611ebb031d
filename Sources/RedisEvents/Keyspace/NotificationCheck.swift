/// The result of a check of a server's setting.
struct NotificationCheck: Sendable {
    /// What is known now.
    var state: KeyspaceEvents.NotificationState
    /// The flags that the check found, before anything was changed.
    var found = NotificationFlags("")
    /// The needed flags that were off, now or since the last check.
    var lacked = NotificationFlags("")
    /// The lacking flags in words, for people.
    var complaint = ""
    /// The moment before the check was sent, or before the flags were set: from then on they are known to be on. `nil`
    /// when they are not.
    var verifiedAt: Moment?

    /// A check that learned nothing.
    static func unverified(_ error: RedisError) -> NotificationCheck { NotificationCheck(state: .unverified(error)) }
}
