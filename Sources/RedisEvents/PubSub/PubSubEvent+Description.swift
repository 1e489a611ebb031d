extension PubSub.Event: CustomStringConvertible {
    /// The event in words. Names show; payloads never do.
    public var description: String {
        switch self {
        case .message(let message): message.description
        case .subscribed(let change): "subscribed: \(change)"
        case .unsubscribed(let change): "unsubscribed: \(change)"
        case .refused(let refusal): "refused: \(refusal)"
        case .gap(let gap): gap.description
        case .drop(let drop): drop.description
        case .link(let event): event.description
        case .handlerFailed(let error): error.description
        case .push(let value): value.pushInWords
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension PubSub.SubscriptionChange: CustomStringConvertible {
    /// The name and the server's count: `channel orders (3)`.
    public var description: String { kind.words(name) + (count.map { " (\($0))" } ?? "") }
}

extension PubSub.SubscriptionRefusal: CustomStringConvertible {
    /// The name and why: `channel orders: 10.0.0.1:6379: subscribe: NOPERM …`.
    public var description: String { "\(kind.words(name)): \(error)" }
}

extension PubSub.SubscriptionResult: CustomStringConvertible {
    /// The name, and the server's count or why it refused.
    public var description: String {
        switch outcome {
        case .success(let count): kind.words(name) + (count.map { " (\($0))" } ?? "")
        case .failure(let error): "\(kind.words(name)): \(error)"
        }
    }
}

extension PubSub.SubscriptionState: CustomStringConvertible {
    /// The name, what is wanted and what is confirmed: `channel orders: wanted, confirmed, no handler`.
    public var description: String {
        let words = [
            isWanted ? "wanted" : "not wanted", isConfirmed ? "confirmed" : "not confirmed",
            hasHandler ? "with a handler" : "no handler",
        ]
        return "\(kind.words(name)): \(words.joined(separator: ", "))"
    }
}

extension RESPValue {
    /// The kind of a push, as it may be shown; `nil` when it has none.
    package var pushKind: String? { elements?.first?.bytes?.shown() }

    /// The kind of a push, and how much there is of it.
    var pushInWords: String { "push \(pushKind ?? "of no kind") (\(elements?.count ?? 0) elements)" }
}
