internal import RedisCore
internal import RedisEvents
internal import RedisRESP

/// An event behind which a reader is at a place of its channel or stream.
protocol PlacedEvent {
    /// Behind what a reader is after this event.
    var place: (RedisBytes, DurablePosition)? { get }
}

extension RedisEventSource where Event: PlacedEvent {
    /// Reads until the task is cancelled or the source is closed, and keeps the position of what was dealt with.
    ///
    /// - Parameters:
    ///   - cursor: Where to keep the positions.
    ///   - starts: Starts the source, and returns behind what it has begun. It is kept for what has no position yet, so
    ///     that what comes between this run and the next one is not skipped by a source that begins now.
    ///   - interval: How often at most.
    ///   - body: Gets the events.
    /// - Throws: What `body` and `starts` throw; what `cursor` throws when it cannot be read, and at the end.
    func read(
        saving cursor: some DurableCursor,
        startingWith starts: () async throws -> [RedisBytes: DurablePosition],
        every interval: Duration,
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
            let kept = try await cursor.positions()
            unsaved = try await starts().filter { kept[$0.key] == nil }
            do { try await save() } catch { nextSave = .now.advanced(by: interval) }
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
