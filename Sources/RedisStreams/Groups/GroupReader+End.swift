internal import RedisCore
internal import RedisReactor

// How the reading ends.
extension GroupReader {
    /// How long the end waits for the server.
    private static var patience: Duration { .seconds(3) }

    /// Gives back what nobody has read yet.
    func giveBackWaiting() {
        var returned: [Settlement] = []
        for (_, hand) in machine.all {
            guard let entry = held[hand.number]?.entry, entry.revoke() else { continue }
            returned.append(Settlement(entry, .giveBack, nil))
        }
        giveBack(returned)
    }

    /// Returns when the server knows of all that was ended, or cannot be told within a few seconds.
    func settled() async {
        takeSettlements()
        guard isTelling else { return }
        let promise = Promise<Void>()
        idlers.append(promise)
        let timer = ScheduledCall(after: Self.patience, on: loop) { promise.complete(.success(())) }
        _ = await promise.result()
        timer.cancel()
    }

    /// Whether the server is being told of entries that were ended.
    var isTelling: Bool { machine.all.contains { $0.1.isEnded } }

    func completeIdlers() {
        guard !idlers.isEmpty, life.isClosed || !isTelling else { return }
        exchange(&idlers, with: []).complete(.success(()))
    }

    /// Takes nothing more, and waits until what is in hand was ended.
    ///
    /// - Returns: Whether all was ended in time.
    func drain(until deadline: ContinuousClock.Instant) async -> Bool {
        guard isReading else { return machine.isEmpty }
        life.drain().complete(.failure(.closed))
        interrupt()
        await workEnds(within: ContinuousClock.now.duration(to: deadline))
        giveBackWaiting()
        while !machine.isEmpty, !life.isClosed, ContinuousClock.now < deadline { await settledOne(until: deadline) }
        return machine.isEmpty
    }

    /// Returns when the loop of requests has ended, and at that time at the latest: the server may not answer.
    func workEnds(within time: Duration) async {
        guard let work else { return }
        let isDone = Promise<Void>()
        let timer = ScheduledCall(after: max(time, .zero), on: loop) { isDone.complete(.success(())) }
        Task {
            await work.value
            isDone.complete(.success(()))
        }
        _ = await isDone.result()
        timer.cancel()
    }

    func settledOne(until deadline: ContinuousClock.Instant) async {
        let rest = min(ContinuousClock.now.duration(to: deadline), .milliseconds(20))
        await self.rest(for: max(rest, .milliseconds(1)))
    }

    /// Takes nothing more, gives back what is in hand, and removes the consumer if it has nothing.
    func close() async {
        if life.isClosed { return }
        let wasIdle = life.isIdle
        life.close().complete(.failure(.closed))
        interrupt()
        if wasIdle { return }
        let isDone = Promise<Void>()
        let timer = ScheduledCall(after: Self.patience, on: loop) { isDone.complete(.success(())) }
        Task {
            await self.leave()
            isDone.complete(.success(()))
        }
        _ = await isDone.result()
        timer.cancel()
        completeIdlers()
    }

    func leave() async {
        // The handlers are cancelled before anything is waited for.
        var places = loseAll()
        await work?.value
        // What came with the last reply.
        places += loseAll()
        let left = Dictionary(grouping: places, by: \.stream)
        let deadline = ContinuousClock.now.advanced(by: Self.patience)
        while isTelling, ContinuousClock.now < deadline { await rest(for: .milliseconds(2)) }
        for (stream, places) in left {
            let entries = places.map { ($0.id, 0) }
            try? await server.giveBack(stream, entries, isAttempt: false, mayRepeat: true, after: .zero)
        }
        for stream in server.keys.indices { _ = try? await server.removeConsumers(stream, idle: nil) }
    }

    /// Takes all entries away from the readers. Returns those that nobody had ended.
    func loseAll() -> [GroupMachine.Place] {
        let open = machine.all.filter { !$0.1.isEnded && !$0.1.isLost }
        for (place, hand) in machine.all { lose(place, hand.number, .closed) }
        return open.map(\.0)
    }

    nonisolated func closeNow() { Task { await self.close() } }
}
