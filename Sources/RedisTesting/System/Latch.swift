import RedisPOSIX

/// Lets threads wait until another has done something, once.
final class Latch: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [Parker] = []
    }

    private let state = Locked(State())

    /// Lets everyone go on who waits or will wait.
    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return exchange(&state.waiting, with: [])
        }
        for parker in waiting { parker.unpark() }
    }

    /// Blocks the thread until the latch is open.
    func wait() {
        let parker = Parker()
        let isOpen = state.withLock { state in
            if !state.isOpen { state.waiting.append(parker) }
            return state.isOpen
        }
        if !isOpen { parker.park() }
    }
}
