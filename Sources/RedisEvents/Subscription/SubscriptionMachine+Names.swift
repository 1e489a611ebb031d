extension SubscriptionMachine {
    /// The entry of a name.
    package func entry(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> NameTable.Entry? {
        tables[kind].index(of: name.rawSpan).map { tables[kind].entries[$0] }
    }

    /// Releases the handler of a name, because no message of the name goes to a handler any more.
    package mutating func dropHandler(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> [Action] {
        guard let index = tables[kind].index(of: name.rawSpan) else { return [] }
        let handler = tables[kind].update(index) { entry in
            entry.inlineHandler = nil
            return exchange(&entry.handler, with: 0)
        }
        return handler == 0 ? [] : [.release(handler)]
    }

    /// The names that are wanted and subscribed and that `isIncluded` selects.
    package func subscribedNames(_ isIncluded: (RedisSubscriptionKind, RedisBytes) -> Bool) -> [RedisGap.Name] {
        RedisSubscriptionKind.allCases.flatMap { kind in
            tables[kind].entries.filter { $0.isWanted && $0.isSubscribed && isIncluded(kind, $0.name) }
                .map { RedisGap.Name(kind: kind, name: $0.name) }
        }
    }

    /// The names that may be subscribed at the server and are not wanted any more.
    var unwantedNames: [RedisGap.Name] {
        RedisSubscriptionKind.allCases.flatMap { kind in
            tables[kind].entries.filter { !$0.isWanted }.map { RedisGap.Name(kind: kind, name: $0.name) }
        }
    }

    /// Whether all commands have their replies.
    package var awaitsNothing: Bool { onTheWire.isEmpty }

    /// Whether a command has no reply yet, apart from pings of these numbers, for which no caller waits.
    package func awaitsReply(besides pings: [UInt32]) -> Bool {
        onTheWire.elementsInOrder.contains { outstanding in
            if case .ping(let call) = outstanding { return !pings.contains(call) }
            return true
        }
    }
}
