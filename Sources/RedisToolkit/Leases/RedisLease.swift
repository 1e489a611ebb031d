internal import RedisReactor

/// A lock, a permit or a side of a read/write lock, for as long as its holder has it.
///
/// ```swift
/// if let lease = try await lock.tryLock() {
///     try await store.write(order, fence: lease.fence)
///     try await lease.release()
/// }
/// ```
///
/// It belongs to whoever has this object: any task and any thread may use it and give it back. It is renewed in the
/// background, until it is given back or nobody has the object any more; then it ends after its time to live.
///
/// **It can be lost**: if the server is out of reach for too long, if this process was stopped, or if a failover has
/// forgotten it. `isValid` knows that without asking anybody, because it only counts what the server has confirmed. A
/// holder cannot know it in the midst of a request of its own, though. So what the lock protects should refuse a
/// `fence` that is less than one that it has seen.
public final class RedisLease: Sendable {
    struct State: Sendable {
        var machine: LeaseMachine
        var version = 0
        var isConfirmedReleased = false
        /// Whether a request to give it back may have been executed, whose reply did not come.
        var mayBeReleased = false
        var endHandlers: [Int: @Sendable (RedisError?) -> Void] = [:]
        var lastHandler = 0
    }

    let terms: LeaseTerms
    /// The random text by which the server knows the lease.
    public let token: RedisBytes
    /// A number that is greater than that of every lease of the same name that was granted before.
    public let fence: Int

    let state: Locked<State>
    private let timer = DeadlineCall()

    init(_ terms: LeaseTerms, _ token: RedisBytes, fence: Int, sent: ContinuousClock.Instant) {
        self.terms = terms
        self.token = token
        self.fence = fence
        let machine = LeaseMachine(timeToLive: terms.timeToLive, sent: sent, renews: terms.renews)
        state = Locked(State(machine: machine))
        act { _ in }
    }

    /// The name of the lock.
    public var name: RedisBytes { terms.name }

    /// Whether the lease surely holds. It asks nobody, so it may be called as often as one likes, on any thread.
    public var isValid: Bool { state.withLock { $0.machine.isValid(at: .now) } }

    /// Until when the lease holds if no renewal is confirmed any more.
    public var validUntil: ContinuousClock.Instant { state.withLock { $0.machine.validUntil } }

    /// Throws if the lease does not hold any more.
    ///
    /// - Throws: `.leaseLost`; `.closed` after `release` and `abandon`.
    public func checkValid() throws(RedisError) {
        if !isValid { throw lossError ?? endError }
    }

    /// Suspends until the lease is lost, and returns why. Returns `nil` when it is given back before, and when the task
    /// is cancelled.
    public func loss() async -> RedisError? {
        let promise = Promise<RedisError?>()
        let number = addEndHandler { promise.complete(.success($0)) }
        defer { removeEndHandler(number) }
        // `.cancelled` is the only error.
        return (try? await promise.value()) ?? nil
    }

    /// Lets the server have the lease for its time to live, and renews it no more. For work that goes on elsewhere, and
    /// for limits: nobody else gets the lease for that time.
    public func abandon() {
        act { state in
            state.machine.release(at: .now)
            state.isConfirmedReleased = true
        }
    }

    /// Why the lease was lost; `nil` while it was not.
    var lossError: RedisError? {
        guard case .lost(let loss) = state.withLock({ $0.machine.state }) else { return nil }
        return .leaseLost(terms, loss)
    }

    /// The error of a use after the end.
    var endError: RedisError {
        let state = state.withLock { $0.machine.state }
        if state == .held { return .leaseLost(terms, .unconfirmed) }
        return RedisError(.closed, "\(terms.words): this lease was given back", phase: .command).with(.notExecuted)
    }

    // MARK: The end

    /// Calls `body` once when the lease has ended, with the error if it was lost. Returns a number for
    /// `removeEndHandler`.
    @discardableResult
    func addEndHandler(_ body: @escaping @Sendable (RedisError?) -> Void) -> Int {
        let (number, hasEnded) = state.withLock { state in
            state.lastHandler += 1
            let hasEnded = state.machine.state != .held
            if !hasEnded { state.endHandlers[state.lastHandler] = body }
            return (state.lastHandler, hasEnded)
        }
        if hasEnded { body(lossError) }
        return number
    }

    /// Forgets a handler.
    func removeEndHandler(_ number: Int) {
        let handler = state.withLock { $0.endHandlers.removeValue(forKey: number) }
        // It is released outside the lock.
        _ = consume handler
    }

    // MARK: The machine

    /// Changes the state, does what is due, and sets the timer.
    @discardableResult
    func act<Value>(_ body: (inout State) -> Value) -> Value {
        let now = ContinuousClock.now
        let (value, action, ended, due, version) = state.withLock { state in
            let value = body(&state)
            let action = state.machine.timeReached(now)
            let hasEnded = state.machine.state != .held
            let ended = hasEnded ? exchange(&state.endHandlers, with: [:]) : [:]
            state.version += 1
            return (value, action, ended, state.machine.nextTime, state.version)
        }
        timer.schedule(due, version: version, on: terms.client.loop) { [weak self] in self?.act { _ in } }
        if action == .renew { startRenewal() }
        for handler in ended.values { handler(lossError) }
        return value
    }

    /// Sends a renewal. Its reply may come after that of a later one.
    private func startRenewal() {
        Task { [weak self, terms, token] in
            let sent = ContinuousClock.now
            guard let rest = self?.validUntil, sent < rest else { return }
            let reply = try? await terms.run(terms.renew, token, ["least"], timeout: sent.duration(to: rest))
            guard let left = reply?.integer else { return }
            self?.answered(left, sent: sent)
        }
    }

    /// Notes the answer to a renewal: the milliseconds that are left, or 0.
    func answered(_ left: Int, sent: ContinuousClock.Instant, isShortened: Bool = false) {
        act { state in
            if left > 0 {
                state.machine.confirmed(.milliseconds(left), sent: sent, isShortened: isShortened)
            } else {
                _ = state.machine.refused()
            }
        }
    }
}

extension RedisLease: CustomStringConvertible {
    /// The lock's name and the fence, without the token.
    public var description: String { "\(terms.kind) \(name.debugDescription), fence \(fence)" }
}

extension RedisError {
    /// The error of a lease that its holder has lost.
    static func leaseLost(_ terms: LeaseTerms, _ loss: LeaseMachine.Loss) -> RedisError {
        let words =
            switch loss {
            case .unconfirmed where terms.renews: "no renewal was confirmed before its end"
            case .unconfirmed: "its time to live is over"
            case .refused: "the server does not have it any more"
            }
        return RedisError(.leaseLost, "the lease of \(terms.words) was lost: \(words)", phase: .command)
    }

    /// The error of a lease that was lost while its holder worked, with what the holder threw.
    func causing(_ error: (any Error)?) -> RedisError {
        var copy = self
        copy.underlyingError = error
        return copy
    }
}
