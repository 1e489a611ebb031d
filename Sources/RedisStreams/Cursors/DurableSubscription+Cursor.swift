internal import RedisRESP

extension DurableSubscription {
    /// Reads until the task is cancelled or the subscription is closed, and keeps the position of what was dealt with.
    ///
    /// A position is kept after `body` has returned for its message, at most once in `interval`, and at the end. So what
    /// came in the last `interval` before a crash comes again.
    ///
    /// - Parameters:
    ///   - cursor: Where to keep the positions.
    ///   - interval: How often at most.
    ///   - body: Gets the events, one at a time, in order.
    /// - Throws: What `body` throws: its message was not dealt with, and comes again; what `cursor` throws; why the
    ///   subscription cannot begin, or has ended.
    public func run(
        saving cursor: some DurableCursor,
        every interval: Duration = .seconds(1),
        _ body: (Event) async throws -> Void
    ) async throws {
        var unsaved: [RedisBytes: DurablePosition] = [:]
        var nextSave = ContinuousClock.now.advanced(by: interval)
        func save() async throws {
            if unsaved.isEmpty { return }
            try await cursor.save(unsaved)
            unsaved = [:]
        }
        do {
            while !Task.isCancelled {
                let rest = unsaved.isEmpty ? nil : max(ContinuousClock.now.duration(to: nextSave), .zero)
                switch try await next(timeout: rest) {
                case .event(let event):
                    try await body(event)
                    if unsaved.isEmpty { nextSave = .now.advanced(by: interval) }
                    if let (channel, position) = event.place { unsaved[channel] = position }
                case .handled, .nothing: break
                case .closed:
                    try await save()
                    return
                }
                if !unsaved.isEmpty, ContinuousClock.now >= nextSave { try await save() }
            }
            try await save()
        } catch {
            // What was dealt with is kept, whatever has ended the run. The first error counts.
            try? await save()
            if (error as? RedisError)?.code == .cancelled, Task.isCancelled { return }
            throw error
        }
    }
}

extension DurableSubscription.Event {
    /// Behind what a reader is after this event.
    fileprivate var place: (RedisBytes, DurablePosition)? {
        switch self {
        case .message(let message), .replayed(let message): (message.channel, message.position)
        // After a deletion or a loss the old position means nothing.
        case .rewound(let rewind): rewind.to.map { (rewind.channel, $0) }
        case .foreign(.appended(let channel, let entry)): (channel, DurablePosition(id: entry.id))
        case .gap, .foreign(.published), .link, .refused, .failed: nil
        }
    }
}
