/// What a look at a server's setting has shown, and what came of it.
struct NotificationLook: Sendable {
    /// What is known now.
    var state: KeyspaceEvents.NotificationState
    /// The flags as they were found, before anything was changed.
    var found = NotificationFlags("")
    /// Of the flags that the events need, those that were off, now or since the last look.
    var lacked = NotificationFlags("")
    /// The same for people.
    var complaint = ""
    /// Before the question was sent, or the flags were set: from here on they are known to be on. `nil` when they are not.
    var provenAt: Moment?

    /// Nothing was learnt.
    static func unverified(_ error: RedisError) -> NotificationLook { NotificationLook(state: .unverified(error)) }
}
