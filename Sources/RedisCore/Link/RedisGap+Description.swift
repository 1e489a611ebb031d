extension RedisGap: CustomStringConvertible {
    /// The length, the cause, how much may have been missed, and some of the names: `gap of 0.09 s: the server closed the
    /// connection: probably CLIENT KILL; the server itself ran on; at most 2 publishes were missed; channel orders`.
    public var description: String {
        var parts = ["gap of \(duration.inSeconds)\(isComplete ? "" : " so far"): \(cause)"]
        switch missedPublishes {
        case nil: break
        case 0?: parts.append("no publish was missed")
        case 1?: parts.append("at most 1 publish was missed")
        case let count?: parts.append("at most \(count) publishes were missed")
        }
        if !names.isEmpty { parts.append(names.someInWords { $0.description }) }
        return parts.joined(separator: "; ")
    }
}

extension RedisGap.Name: CustomStringConvertible {
    /// The family and the name: `pattern cache.*`.
    public var description: String { kind.words(name) }
}

extension RedisSubscriptionKind {
    /// For people: `shard channel`.
    package var words: String {
        switch self {
        case .channel: "channel"
        case .pattern: "pattern"
        case .shardChannel: "shard channel"
        }
    }

    /// For people: `shard channel orders`.
    package func words(_ name: RedisBytes) -> String { "\(words) \(name.shown())" }
}

extension Collection {
    /// The first few, and how many more there are.
    package func someInWords(_ words: (Element) -> String) -> String {
        let shown = prefix(5).map(words).joined(separator: ", ")
        return count > 5 ? "\(shown) and \(count - 5) more" : shown
    }
}
