extension PubSub {
    /// Takes the messages of a subscription.
    ///
    /// A handler belongs to its name, across reconnects, until the reader has come to the server's confirmation of the
    /// unsubscribe: it takes what came before that. Subscribing the name again replaces it, also with none, for what is
    /// queued as well. A handler is called for one message at a time, but by whichever task or thread reads: what it
    /// changes has to be safe for that. A handler that holds on to its `PubSub` keeps it alive until `close`.
    public struct Handler: Sendable {
        package enum Kind: Sendable {
            case calling(@Sendable (PubSub.Message) throws -> Void)
            case awaiting(@Sendable (PubSub.Message) async throws -> Void)
            case inline(InlineHandler)
        }

        package let kind: Kind

        /// Called where the messages are read: in the task that awaits `getMessage`, `events` or `run`, or on the
        /// thread that blocks in one of them. One message at a time, in order. What it throws goes to the reader.
        public static func calling(_ body: @escaping @Sendable (PubSub.Message) throws -> Void) -> PubSub.Handler {
            PubSub.Handler(kind: .calling(body))
        }

        /// The same with a body that may suspend. The next message waits until it returns. A thread that reads blocks
        /// meanwhile.
        public static func awaiting(_ body: @escaping @Sendable (PubSub.Message) async throws -> Void) -> PubSub.Handler
        {
            PubSub.Handler(kind: .awaiting(body))
        }

        /// Called on the event loop as soon as the message is parsed, with nothing copied and no queue in between. It
        /// must not block and must be quick: every link of the loop waits for it. Nothing is dropped on this way;
        /// messages taken here do not appear in the stream.
        public static func inline(_ body: @escaping @Sendable (borrowing PubSub.MessageView) -> Void) -> PubSub.Handler
        {
            PubSub.Handler(kind: .inline(InlineHandler(body: body)))
        }
    }
}

/// The one kind of user code that runs on the loop. By reference: each name has one, and of a million most have none.
package final class InlineHandler: Sendable {
    let body: @Sendable (borrowing PubSub.MessageView) -> Void

    init(body: @escaping @Sendable (borrowing PubSub.MessageView) -> Void) { self.body = body }
}
