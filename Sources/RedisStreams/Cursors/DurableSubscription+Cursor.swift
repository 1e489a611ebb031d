internal import RedisRESP

extension DurableSubscription {
    /// Reads until the task is cancelled or the subscription is closed, and keeps the position of what was dealt with.
    ///
    /// A position is kept after `body` has returned for its message, at most once in `interval`, and at the end. So
    /// what came in the last `interval` before a crash comes again.
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
        var unsaved: [RedisBytes: DurablePosition] = [:]
        var nextSave = ContinuousClock.now.advanced(by: interval)
        func save() async throws {
            if unsaved.isEmpty { return }
            let positions = unsaved
            // In a task of its own, because this one may be cancelled.
            try await Task { try await cursor.save(positions) }.value
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
                guard !unsaved.isEmpty, ContinuousClock.now >= nextSave else { continue }
                do { try await save() } catch { nextSave = .now.advanced(by: interval) }
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
        // An entry of something else has no number. It comes again.
        case .gap, .foreign, .link, .refused, .failed: nil
        }
    }
}
