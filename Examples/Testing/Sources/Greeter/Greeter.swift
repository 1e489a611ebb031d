public import RedisEvents

/// Greets whoever is named on a channel, and notes where somebody may have been missed.
public actor Greeter {
    /// What was said, in order.
    public private(set) var lines: [String] = []

    /// Nobody has been greeted yet.
    public init() {}

    /// Greets until the link is closed.
    public func run(_ pubsub: PubSub) async throws {
        for try await event in pubsub.events {
            switch event {
            case .message(let message): lines.append("hello, \(message.text ?? "stranger")")
            case .gap: lines.append("hello to whom I have missed")
            default: break
            }
        }
    }
}
