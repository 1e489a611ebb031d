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
