internal import RedisRESP

extension DurableSubscription {
    /// Reads until the task is cancelled or the subscription is closed, and keeps the position of what was dealt with.
    ///
    /// A position is kept after `body` has returned for its message, at most once in `interval`, and at the end. So
    /// what came in the last `interval` before a crash comes again.
    ///
    /// Where no position is kept yet, the place where it begins is kept at once.
    ///
    /// - Parameters:
    ///   - cursor: Where to keep the positions.
    ///   - interval: How often at most.
    ///   - body: Gets the events, one at a time, in order. Only one run at a time may read a subscription.
    /// - Throws: What `body` throws: its message was not dealt with, and comes again; what `cursor` throws at the end,
    ///   because a save that fails before is tried again after the interval; why the subscription cannot begin, or has
    ///   ended.
    public func run(
        saving cursor: some DurableCursor,
        every interval: Duration = .seconds(1),
        _ body: (Event) async throws -> Void
    ) async throws {
        let starts = { () async throws -> [RedisBytes: DurablePosition] in
            try await self.start()
            return await self.starts()
        }
        try await read(saving: cursor, startingWith: starts, every: interval, body)
    }
}

extension DurableSubscription.Event: PlacedEvent {
    var place: (RedisBytes, DurablePosition)? {
        switch self {
        case .message(let message), .replayed(let message): (message.channel, message.position)
        // After a deletion or a loss the old position means nothing.
        case .rewound(let rewind): rewind.to.map { (rewind.channel, $0) }
        // An entry of something else has no number. It comes again.
        case .gap, .foreign, .link, .refused, .failed: nil
        }
    }
}
