/// The loop's side of a private subscription: names of one family, and the mailbox that their messages go to.
final class DedicatedSubscription {
    let kind: RedisSubscriptionKind
    let mailbox: Mailbox<PubSubControl>
    private let sink: MailboxSink<PubSubControl>
    /// The names that the server has not refused.
    var names: Set<RedisBytes>
    /// The server has confirmed one of the names, so that there is something to lose.
    var isLive = false
    /// Something was put in since the last turn ended.
    private var isDirty = false

    init(_ kind: RedisSubscriptionKind, _ names: [RedisBytes], _ mailbox: Mailbox<PubSubControl>) {
        self.kind = kind
        self.names = Set(names)
        self.mailbox = mailbox
        sink = MailboxSink(mailbox)
    }

    /// Returns whether this is the first that is put in since the last turn ended.
    func becomesDirty() -> Bool {
        defer { isDirty = true }
        return !isDirty
    }

    func message(_ view: borrowing PubSub.MessageView) { sink.message(view, handler: 0) }

    func event(_ event: PubSub.Event) { sink.event(event) }

    func turnEnded(at now: ContinuousClock.Instant?) {
        isDirty = false
        if let now { sink.readBegan(at: now) }
        sink.turnEnded(isDrained: true)
    }

    func ended(_ error: RedisError?) { sink.ended(error) }
}
