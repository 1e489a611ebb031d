/// Credentials that the program itself changes: whoever learns of a new password says so here, and all links follow.
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
        /// What the listeners have not been told yet.
        var events: [Event] = []
        /// Whether some thread tells the listeners now. One does at a time, so that all hear everything in one order.
        var isTelling = false
    }

    private let state: Locked<State>
    private let listeners = CredentialsListeners()

    /// A feed that begins with `current`.
    public init(_ current: RedisCredentials) { state = Locked(State(current: current)) }

    /// What was sent last.
    public func credentials() -> RedisCredentials { state.withLock { $0.current } }

    /// Calls `listener` for what is sent from now on, on the thread of a sender. A listener may send: that is told
    /// after what the listeners are being told.
    public func subscribe(_ listener: RedisCredentialsListener) -> RedisCredentialsSubscription {
        listeners.add(listener)
    }

    /// Gives all listeners new credentials, and every connect from now on. While another thread tells the listeners,
    /// that thread tells them these too.
    public func send(_ credentials: RedisCredentials) { tell(.credentials(credentials)) }

    /// Tells all listeners that new credentials could not be had. The current ones stay.
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

    /// The next event to tell; `nil` when this thread has told all.
    private func nextEvent() -> Event? {
        state.withLock { state in
            state.isTelling = !state.events.isEmpty
            return state.isTelling ? state.events.removeFirst() : nil
        }
    }

    /// How many listen.
    package var listenerCount: Int { listeners.count }

    /// Nothing, so that `dump` shows nothing.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// The listeners of a provider. All of them hear everything in one order.
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
            // What the listener holds on to may end with it; that is not for the time under the lock.
            let ended = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
            _ = consume ended
        }
    }

    /// Those who listen now, the oldest first.
    var all: [RedisCredentialsListener] {
        state.withLock { $0.listeners.sorted { $0.key < $1.key }.map(\.value) }
    }
}
