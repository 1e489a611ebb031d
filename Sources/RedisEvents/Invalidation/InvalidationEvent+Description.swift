extension Invalidations.Event: CustomStringConvertible {
    /// The event in words, with some of the keys.
    public var description: String {
        switch self {
        case .invalidated(let keys): "invalidated: \(keys.someInWords { $0.shown() })"
        case .flushAll(let cause): "all invalidated: \(cause)"
        case .link(let event): event.description
        case .push(let value): value.pushInWords
        case .failed(let error): "failed: \(error)"
        }
    }
}

extension Invalidations.FlushCause: CustomStringConvertible {
    /// The cause in words.
    public var description: String {
        switch self {
        case .serverFlushed: "the server said so"
        case .linkLost(let cause): "the link was lost: \(cause)"
        case .trackingResumed: "the server tracks again"
        case .redirectBroken: "the server lost the link that it was to tell"
        case .dropped(let drop): drop.description
        }
    }
}
