/// Credentials that the program itself changes: it passes a new password to `send`, and all links use it.
///
/// ```swift
/// let feed = RedisCredentialsFeed(RedisCredentials(username: "app", password: first))
/// configuration.credentials = feed
/// feed.send(RedisCredentials(username: "app", password: second))
/// ```
public final class RedisCredentialsFeed: RedisStreamingCredentialsProvider, CustomReflectable {
    private enum Event: Sendable {
        case credentials(RedisCredentials)
        case failure(any Error)
    }

    private struct State: Sendable {
        var current: RedisCredentials
        /// Events that the listeners have not got yet.
        var events: [Event] = []
        /// Whether a thread is calling the listeners now. Only one does so at a time, so that all listeners get the
        /// events in one order.
        var isTelling = false
    }

    private let state: Locked<State>
    private let listeners = CredentialsListeners()

    /// A feed that begins with `current`.
    public init(_ current: RedisCredentials) { state = Locked(State(current: current)) }

    /// The credentials that were sent last.
    public func credentials() -> RedisCredentials { state.withLock { $0.current } }

    /// Calls `listener` for what is sent from now on, on the thread of a sender. A listener may call `send` itself: its
    /// event comes after the current one.
    public func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription {
        listeners.add(listener)
    }

    /// Sends new credentials to all listeners, and uses them for every connect from now on. If another thread is
    /// calling the listeners, that thread sends them.
    public func send(_ credentials: RedisCredentials) { tell(.credentials(credentials)) }

    /// Tells all listeners that there was a failure to get new credentials. The current ones stay.
    public func send(failure: any Error) { tell(.failure(failure)) }

    private func tell(_ event: Event) {
        let isTelling = state.withLock { state in
            if case .credentials(let credentials) = event { state.current = credentials }
            state.events.append(event)
            return exchange(&state.isTelling, with: true)
        }
        if isTelling { return }
        while let event = nextEvent() {
            for listener in listeners.all {
                switch event {
                case .credentials(let credentials): listener.onNext(credentials)
                case .failure(let error): listener.onError(error)
                }
            }
        }
    }

    /// The next event for the listeners; `nil` when this thread has sent all.
    private func nextEvent() -> Event? {
        state.withLock { state in
            state.isTelling = !state.events.isEmpty
            return state.isTelling ? state.events.removeFirst() : nil
        }
    }

    /// The number of listeners.
    package var listenerCount: Int { listeners.count }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The listeners of a provider. All of them get the events in one order.
final class CredentialsListeners: Sendable {
    private struct State: Sendable {
        var listeners: [UInt64: RedisCredentialsListener] = [:]
        var last: UInt64 = 0
    }

    private let state = Locked(State())

    var count: Int { state.withLock { $0.listeners.count } }

    func add(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription {
        let number = state.withLock { state in
            state.last += 1
            state.listeners[state.last] = listener
            return state.last
        }
        return RedisCredentialsSubscription { [weak self] in
            // Releasing the listener may run code of its own, which must not happen under the lock.
            let ended = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
            _ = consume ended
        }
    }

    /// The current listeners, oldest first.
    var all: [RedisCredentialsListener] {
        state.withLock { $0.listeners.sorted { $0.key < $1.key }.map(\.value) }
    }
}
