extension PubSub {
    /// Receives the messages of a subscription.
    ///
    /// A handler belongs to its name, across reconnects, until the reader has reached the server's confirmation of the
    /// unsubscribe: it receives the messages before that. Subscribing to the name again replaces the handler, or
    /// removes it, also for queued messages. Each reader calls a handler for one message at a time, in order. Several
    /// readers may call the same handler at the same time, so the state that it changes has to be safe for that. A
    /// handler that holds a reference to its `PubSub` keeps it alive until `close`.
    public struct Handler: Sendable {
        package enum Kind: Sendable {
            case calling(@Sendable (PubSub.Message) throws -> Void)
            case awaiting(@Sendable (PubSub.Message) async throws -> Void)
            case inline(InlineHandler)
        }

        package let kind: Kind

        /// A handler that is called where the messages are read: in the task that awaits `getMessage`, `events` or
        /// `run`, or on the thread that blocks in one of them. Each reader passes it one message at a time, in order.
        /// The reader gets the error that it throws.
        public static func calling(_ body: @escaping @Sendable (PubSub.Message) throws -> Void) -> PubSub.Handler {
            PubSub.Handler(kind: .calling(body))
        }

        /// A handler with a body that may suspend. The next message waits until the body returns. A reading thread
        /// blocks meanwhile.
        public static func awaiting(_ body: @escaping @Sendable (PubSub.Message) async throws -> Void) -> PubSub.Handler
        {
            PubSub.Handler(kind: .awaiting(body))
        }

        /// A handler that is called on the event loop as soon as the message is parsed, without a copy or a queue. It
        /// must not block and must be quick, because every link of the loop waits for it. No message is dropped before
        /// an inline handler, and its messages do not appear in the stream.
        public static func inline(_ body: @escaping @Sendable (borrowing PubSub.MessageView) -> Void) -> PubSub.Handler
        {
            PubSub.Handler(kind: .inline(InlineHandler(body: body)))
        }
    }
}

/// The only kind of user code that runs on the loop. A class, because each name has a reference, and of a million names
/// most have none.
package final class InlineHandler: Sendable {
    let body: @Sendable (borrowing PubSub.MessageView) -> Void

    package init(body: @escaping @Sendable (borrowing PubSub.MessageView) -> Void) { self.body = body }
}
