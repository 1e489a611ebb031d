/// What one read of a `PubSub` came to.
public enum ReadOutcome: Sendable {
    /// An event that no handler took.
    case event(PubSub.Event)
    /// A message came and its handler took it.
    case handled
    /// Nothing came before the timeout.
    case nothing
    /// The `PubSub` is closed and nothing is left.
    case closed

    /// The message, if it is one.
    public var message: PubSub.Message? {
        if case .event(let event) = self { return event.message }
        return nil
    }
}
