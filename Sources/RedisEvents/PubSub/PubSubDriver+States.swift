extension PubSubDriver {
    /// Every name with what is wanted and what is confirmed.
    var states: [PubSub.SubscriptionState] {
        RedisSubscriptionKind.allCases.flatMap { kind in
            machine.tables[kind].entries.filter { !isProbe(kind, $0.name) }.map { entry in
                PubSub.SubscriptionState(
                    kind: kind,
                    name: entry.name,
                    isWanted: entry.isWanted,
                    isConfirmed: entry.isConfirmed,
                    hasHandler: entry.inlineHandler != nil || context.handlers[entry.handler] != nil
                )
            }
        }
    }
}
