/// Tells an observer how the pool changes: one call after the other, and the last one with the last state. Any thread
/// may call.
final class PoolWatch: Sendable {
    private enum Phase: Sendable { case idle, telling, changed }

    let observer: any RedisCommandObserver
    private let phase = Locked(Phase.idle)

    init(_ observer: any RedisCommandObserver) { self.observer = observer }

    /// Tells how long a caller waits for a link, and whether it got one.
    func lending(
        _ body: () async throws(RedisError) -> LinkPool.Lease
    ) async throws(RedisError) -> LinkPool.Lease {
        let began = ContinuousClock.now
        do throws(RedisError) {
            let lease = try await body()
            observer.linkLent(after: began.duration(to: .now), error: nil)
            return lease
        } catch {
            observer.linkLent(after: began.duration(to: .now), error: error)
            throw error
        }
    }

    /// Tells the state, which `state` reads. A change meanwhile is told by whoever is telling.
    func changed(_ state: () -> RedisPoolState) {
        let isFirst = phase.withLock { phase in
            defer { phase = phase == .idle ? .telling : .changed }
            return phase == .idle
        }
        guard isFirst else { return }
        var goesOn = true
        while goesOn {
            observer.poolChanged(state())
            goesOn = phase.withLock { phase in
                defer { phase = phase == .changed ? .telling : .idle }
                return phase == .changed
            }
        }
    }
}

extension LinkPool {
    /// Tells the observer that the pool has changed, if there is one.
    func tellChange() {
        guard let watch else { return }
        watch.changed {
            let statistics = statistics
            return RedisPoolState(
                lent: statistics.lent,
                idle: statistics.idle,
                waiting: statistics.waiting,
                maximum: configuration.maximum
            )
        }
    }
}
