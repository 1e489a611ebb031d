extension SubscriptionMachine {
    /// What is known of a name.
    package func entry(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> NameTable.Entry? {
        tables[kind].index(of: name.rawSpan).map { tables[kind].entries[$0] }
    }

    /// No message of that name goes to a handler any more.
    mutating func dropHandler(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> [Action] {
        guard let index = tables[kind].index(of: name.rawSpan) else { return [] }
        let handler = tables[kind].update(index) { entry in
            entry.inlineHandler = nil
            return exchange(&entry.handler, with: 0)
        }
        return handler == 0 ? [] : [.release(handler)]
    }

    /// The names that are wanted and subscribed, as far as `isIncluded` says so of them.
    func subscribedNames(_ isIncluded: (RedisSubscriptionKind, RedisBytes) -> Bool) -> [RedisGap.Name] {
        RedisSubscriptionKind.allCases.flatMap { kind in
            tables[kind].entries.filter { $0.isWanted && $0.isSubscribed && isIncluded(kind, $0.name) }
                .map { RedisGap.Name(kind: kind, name: $0.name) }
        }
    }

    /// The names that the server may have and nobody wants any more.
    var unwantedNames: [RedisGap.Name] {
        RedisSubscriptionKind.allCases.flatMap { kind in
            tables[kind].entries.filter { !$0.isWanted }.map { RedisGap.Name(kind: kind, name: $0.name) }
        }
    }

    /// Whether all commands are answered.
    package var awaitsNothing: Bool { onTheWire.isEmpty }
}
