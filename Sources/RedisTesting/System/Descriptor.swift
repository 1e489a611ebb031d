import RedisPOSIX

/// A socket's file descriptor that several threads use: it is closed only when the last of them is done with it, so
/// that its number cannot mean another file in the middle of a call.
final class Descriptor: Sendable {
    private struct State {
        var number: Int32
        var users = 0
        var isClosing = false
    }

    private let state: Lock<State>

    init(_ number: Int32) { state = Lock(State(number: number)) }

    deinit { close() }

    /// A new non-blocking, close-on-exec stream socket.
    static func socket(family: Int32) throws(RedisTestingError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = DescriptorReserve.keeping(RedisPOSIX.socket(family, type, 0))
        guard number >= 0 else { throw .systemCall("socket", errno) }
        return Descriptor(number)
    }

    /// Calls `body` with the number, which stays valid during the call; `nil` when the descriptor was closed.
    func use<Result>(_ body: (Int32) -> Result) -> Result? {
        let number: Int32? = state.withLock { state in
            guard !state.isClosing else { return nil }
            state.users += 1
            return state.number
        }
        guard let number else { return nil }
        defer {
            state.withLock { state in
                state.users -= 1
                Self.closeIfUnused(&state)
            }
        }
        return body(number)
    }

    /// Hands the number to a child that is started by `body`, and closes our copy.
    func asInput<Result>(_ body: (Int32) throws(RedisTestingError) -> Result) throws(RedisTestingError) -> Result {
        defer { close() }
        let result = use { number in Swift.Result { () throws(RedisTestingError) in try body(number) } }
        guard let result else { throw .closedHere }
        return try result.get()
    }

    /// Whether ``close()`` was called.
    var isClosed: Bool { state.withLock { $0.isClosing } }

    /// Closes as soon as no call uses the number any more; later uses see `nil`. Idempotent.
    func close() {
        state.withLock { state in
            guard !state.isClosing else { return }
            state.isClosing = true
            Self.closeIfUnused(&state)
        }
    }

    private static func closeIfUnused(_ state: inout State) {
        guard state.isClosing, state.users == 0, state.number >= 0 else { return }
        _ = RedisPOSIX.close(state.number)
        state.number = -1
    }

    /// What a wait for readiness ended with.
    enum Readiness { case ready, timedOut, closed }

    /// Waits until the descriptor can be read (`POLLIN`) or written (`POLLOUT`), or the peer has hung up.
    func wait(for events: Int32, _ deadline: Deadline) -> Readiness {
        while true {
            // In slices, because closing in another thread does not wake a poll.
            let slice = deadline.milliseconds(atMost: 20)
            let result = use { number in
                var entry = pollfd(fd: number, events: Int16(events), revents: 0)
                return unsafe poll(&entry, 1, slice)
            }
            guard let result else { return .closed }
            if result > 0 { return .ready }
            if deadline.hasPassed { return .timedOut }
        }
    }

    /// Sets an integer socket option; failures are ignored, as the options used here are refinements.
    func setOption(_ level: Int32, _ name: Int32, _ value: Int32) {
        _ = use { number in
            var value = value
            return unsafe setsockopt(number, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
