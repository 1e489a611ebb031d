extension KeyspaceEvents.Event: CustomStringConvertible {
    /// The event in words. Keys show; payloads never do.
    public var description: String {
        switch self {
        case .key(let event): event.description
        case .notifications(let state, let node): "notifications\(node.map { " of \($0)" } ?? ""): \(state)"
        case .gap(let gap): gap.description
        case .drop(let drop): drop.description
        case .link(let event): event.description
        case .refused(let refusal): "refused: \(refusal)"
        case .other(let message): message.description
        case .push(let value): value.pushInWords
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension KeyspaceEvents.NotificationState: CustomStringConvertible {
    /// The state in words.
    public var description: String {
        switch self {
        case .verified: "everything is set that the events need"
        case .missing(let missing): missing.description
        case .enabled(let flags): "set to \(flags)"
        case .unknown(let flags): "whether \(flags) is set is not known"
        case .unverified(let error): "not verified: \(error)"
        }
    }
}
