/// The task of a `RedisTokenManager`. A separate object, so that the task does not keep the manager alive.
final class TokenRenewal: Sendable {
    private struct State: Sendable {
        var token: RedisAccessToken?
        var failure: (error: RedisError, at: ContinuousClock.Instant)?
        var waiters: [Promise<RedisCredentials>] = []
        var sleep: Task<Void, Never>?
        var isClosed = false
    }

    let listeners = CredentialsListeners()
    private let policy: RedisTokenPolicy
    private let request: @Sendable () async throws -> RedisAccessToken
    private let state = Locked(State())

    init(_ policy: RedisTokenPolicy, _ request: @escaping @Sendable () async throws -> RedisAccessToken) {
        self.policy = policy
        self.request = request
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func open() { state.withLock { $0.isClosed = false } }

    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            return exchange(&state.waiters, with: [])
        }
        for waiter in waiters { waiter.complete(.failure(.stopped)) }
    }

    /// The current token, or that of the next request that ends.
    func credentials() async throws(RedisError) -> RedisCredentials {
        let promise = Promise<RedisCredentials>()
        let (known, sleep) = state.withLock { state -> (Result<RedisCredentials, RedisError>?, Task<Void, Never>?) in
            if state.isClosed { return (.failure(.stopped), nil) }
            if let token = state.token, !token.isExpired() { return (.success(token.credentials), nil) }
            // Many links ask at once when a token has expired. The issuer of tokens gets only one request for all of
            // them.
            if let (error, time) = state.failure, time.duration(to: .now) < policy.retryDelay {
                return (.failure(error), nil)
            }
            state.waiters.append(promise)
            return (nil, state.sleep)
        }
        sleep?.cancel()
        if let known { return try known.get() }
        return try await promise.value()
    }

    func run() async {
        var schedule = TokenSchedule(policy)
        while !Task.isCancelled {
            let result = await requestOnce()
            if Task.isCancelled { return }
            switch result {
            case .success(let token):
                let delay = schedule.received(token, at: .now())
                succeeded(token)
                await pause(delay, mayBeCut: true)
            case .failure(let error):
                let next = schedule.failed()
                if next.isTold { failed(error) }
                await pause(next.after, mayBeCut: next.isTold)
            }
        }
    }

    private func requestOnce() async -> Result<RedisAccessToken, any Error> {
        let promise = Promise<Result<RedisAccessToken, any Error>>()
        let work = Task.detached { [request] in
            do { promise.complete(.success(.success(try await request()))) } catch {
                promise.complete(.success(.failure(error)))
            }
        }
        let timer = Task.detached { [policy] in
            try await Task.sleep(for: policy.requestTimeout)
            promise.complete(.failure(RedisError(.timedOut, "no token within \(policy.requestTimeout)")))
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        do throws(RedisError) {
            let result = try await promise.value()
            if case .success(let token) = result, token.isExpired() {
                return .failure(RedisError(.authenticationFailed, "the token has expired already"))
            }
            return result
        } catch { return .failure(error) }
    }

    /// The listeners come first: a link that waits for these credentials and also listens then gets the event before it
    /// has them.
    private func succeeded(_ token: RedisAccessToken) {
        let waiters = state.withLock { state in
            state.token = token
            state.failure = nil
            return exchange(&state.waiters, with: [])
        }
        for listener in listeners.all { listener.onNext(token.credentials) }
        for waiter in waiters { waiter.complete(.success(token.credentials)) }
    }

    private func failed(_ error: any Error) {
        let error = error as? RedisError ?? RedisError(.authenticationFailed, "no token", underlyingError: error)
        let waiters = state.withLock { state in
            state.failure = (error, .now)
            return exchange(&state.waiters, with: [])
        }
        for listener in listeners.all { listener.onError(error.underlyingError ?? error) }
        for waiter in waiters { waiter.complete(.failure(error)) }
    }

    /// Waits; `nil` means for ever. If `mayBeCut`, the wait ends when somebody needs a token and there is none.
    private func pause(_ duration: Duration?, mayBeCut: Bool) async {
        let sleep = Task.detached {
            guard let duration else {
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(86_400)) }
                return
            }
            try? await Task.sleep(for: duration)
        }
        // A caller that asked in between could not end the wait, because it had not begun.
        let isAwaited = state.withLock { state in
            guard mayBeCut else { return false }
            state.sleep = sleep
            return !state.waiters.isEmpty && state.token?.isExpired() != false
        }
        if isAwaited { sleep.cancel() }
        await withTaskCancellationHandler {
            await sleep.value
        } onCancel: {
            sleep.cancel()
        }
        state.withLock { $0.sleep = nil }
    }
}

extension RedisError {
    fileprivate static let stopped = RedisError(.closed, "the token manager was stopped")
}

/// Decides when a token is requested. Pure: the caller passes the times.
package struct TokenSchedule: Sendable {
    /// The longest pause after a failure.
    package static let longestPause = Duration.seconds(60)
    /// The longest wait for a renewal, a century, so that no clock overflows.
    private static let longestDelay = Duration.seconds(36_525 * 86_400)

    private let policy: RedisTokenPolicy
    private var failures = 0
    private var pause: Duration

    package init(_ policy: RedisTokenPolicy) {
        self.policy = policy
        pause = policy.retryDelay
    }

    /// Notes a new token. Returns after which time it is renewed; `nil` means never.
    ///
    /// This is the earlier of two moments: when the ratio's part of the lifetime is over, or when only the lower bound
    /// is left.
    package mutating func received(_ token: RedisAccessToken, at now: RedisTimestamp) -> Duration? {
        failures = 0
        pause = policy.retryDelay
        guard let expiry = token.expiresAt else { return nil }
        let rest = token.receivedAt.duration(to: expiry) * (1 - policy.expirationRefreshRatio)
        let left = now.duration(to: expiry)
        let delay = min(left - policy.lowerRefreshBound, left - rest, Self.longestDelay)
        // A token that is due when it comes must not cause one request after another.
        return delay >= .milliseconds(1) ? delay : policy.retryDelay
    }

    /// Notes a failed request. Returns after which time it is repeated, and whether listeners are told.
    package mutating func failed() -> (after: Duration, isTold: Bool) {
        failures += 1
        guard failures > policy.retries else { return (policy.retryDelay, false) }
        pause = min(pause * 2, max(Self.longestPause, policy.retryDelay))
        return (pause, true)
    }
}
