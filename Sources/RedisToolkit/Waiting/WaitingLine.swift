internal import RedisReactor

/// Those that wait for one name over one client: a line in which only the first tries, and everybody else costs
/// nothing. Any thread may call.
package final class WaitingLine: Sendable {
    /// Why somebody is woken.
    package enum Turn: Sendable, Equatable {
        /// It has to try.
        case attempt
        /// What it followed has ended well.
        case followedHasEnded
    }

    private struct State: Sendable {
        var queue: WaiterQueue
        var suspended: [Int: Promise<Turn>] = [:]
        var isSubscribed = false
        var version = 0

        func retryTime(after denial: WaiterQueue.Denial, at now: ContinuousClock.Instant) -> ContinuousClock.Instant {
            WaiterQueue.retryTime(after: denial, isSubscribed: isSubscribed, at: now, random: .random(in: 0...1))
        }
    }

    private let state: Locked<State>
    private let timer = DeadlineCall()
    private let loop: RedisEventLoop

    /// How long somebody whose turn it is may take to try, before the next one may.
    static var patience: Duration { .seconds(5) }

    package init(isExclusive: Bool, loop: RedisEventLoop) {
        state = Locked(State(queue: WaiterQueue(isExclusive: isExclusive)))
        self.loop = loop
    }

    /// Puts one at the end of the line.
    ///
    /// - Parameters:
    ///   - token: The token with which it tries.
    ///   - followed: The fence of the lease whose successful end it waits for as well.
    ///   - denial: What the server said when it has tried just now; `nil` if it has not tried.
    /// - Returns: Its number.
    package func join(_ token: RedisBytes, following followed: Int? = nil, after denial: WaiterQueue.Denial?) -> Int {
        act { state, now in
            // What was told between its attempt and now was told to nobody. While the subscription is not confirmed,
            // that need not matter, because the confirmation wakes.
            let wakeTime = state.isSubscribed ? nil : denial.map { state.retryTime(after: $0, at: now) }
            return state.queue.join(token, following: followed, wakeTime: wakeTime)
        }
    }

    /// Suspends until one that has joined has to try, or need not any more.
    ///
    /// - Throws: `.timedOut` after the deadline, `.cancelled`.
    package func turn(of id: Int, until deadline: ContinuousClock.Instant?) async throws(RedisError) -> Turn {
        let promise = Promise<Turn>()
        let isNow = act { state, now in
            if state.queue.waiters.first?.id == id, state.queue.beginAttempt(at: now) != nil { return true }
            state.suspended[id] = promise
            return false
        }
        if isNow { return .attempt }
        let limit = deadline.map { deadline in
            ScheduledCall(after: ContinuousClock.now.duration(to: deadline), on: loop) {
                promise.complete(.failure(RedisError(.timedOut, "the time to wait is over")))
            }
        }
        defer {
            limit?.cancel()
            _ = state.withLock { $0.suspended.removeValue(forKey: id) }
        }
        return try await promise.value()
    }

    /// Notes that the first one has tried in vain.
    package func denied(_ id: Int, _ denial: WaiterQueue.Denial) {
        act { state, now in state.queue.denied(id, until: state.retryTime(after: denial, at: now)) }
    }

    /// Notes that the first one's attempt has failed, and may be repeated after the pause.
    func failed(_ id: Int, pause: Duration) {
        act { state, now in state.queue.denied(id, until: now.advanced(by: pause)) }
    }

    /// Takes one out of the line. `grantEnds` says when what it got ends unless that is renewed.
    package func leave(_ id: Int, grantEnds: ContinuousClock.Instant? = nil) {
        act { state, now in
            // Where the end of the grant is not heard of, the next one looks for it.
            let look = state.isSubscribed ? nil : state.retryTime(after: .init(wait: nil, isSilent: true), at: now)
            state.queue.leave(id, grantEnds: grantEnds.map { min($0, look ?? $0) })
        }
    }

    /// Notes what was published. Called on the loop.
    package func heard(_ notice: ReleaseNotice) {
        let ended = act { state, now -> [Promise<Turn>] in
            switch notice {
            case .released: state.queue.wake()
            case .turn(let token): state.queue.turn(of: token, lapses: now.advanced(by: Self.patience))
            case .fetched(let fence):
                let ended = state.queue.followers(of: fence).compactMap { state.suspended.removeValue(forKey: $0) }
                // Those that have come too late to follow it try.
                state.queue.wake()
                return ended
            }
            return []
        }
        for promise in ended { promise.complete(.success(.followedHasEnded)) }
    }

    /// Notes whether messages come from now on. Some may have been missed before.
    package func subscriptionChanged(isSubscribed: Bool) {
        act { state, _ in
            state.isSubscribed = isSubscribed
            if isSubscribed { state.queue.wake() }
        }
    }

    /// Changes the state, wakes the first one if it has to try, and sets the timer.
    @discardableResult
    private func act<Value>(_ body: (inout State, ContinuousClock.Instant) -> Value) -> Value {
        let now = ContinuousClock.now
        let (value, woken, wakeTime, version) = state.withLock { state in
            let value = body(&state, now)
            var woken: Promise<Turn>?
            // One that is not suspended asks by itself.
            if let first = state.queue.waiters.first, let promise = state.suspended[first.id],
                state.queue.beginAttempt(at: now) != nil
            {
                state.suspended[first.id] = nil
                woken = promise
            }
            state.version += 1
            return (value, woken, state.queue.wakeTime, state.version)
        }
        woken?.complete(.success(.attempt))
        timer.schedule(wakeTime, version: version, on: loop) { [weak self] in self?.act { _, _ in } }
        return value
    }
}
