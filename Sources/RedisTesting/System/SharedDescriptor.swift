import RedisPOSIX

/// A socket's file descriptor that several threads use: it is closed only when the last of them is done with it, so
/// that its number cannot mean another file in the middle of a call.
final class SharedDescriptor: Sendable {
    private struct State {
        var number: Int32
        var users = 0
        var isClosing = false
    }

    private let state: Locked<State>

    init(_ number: Int32) { state = Locked(State(number: number)) }

    deinit { close() }

    /// A new non-blocking, close-on-exec stream socket.
    static func socket(family: Int32) throws(RedisTestingError) -> SharedDescriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = DescriptorReserve.keeping(RedisPOSIX.socket(family, type, 0))
        guard number >= 0 else { throw .systemCall("socket", errno) }
        return SharedDescriptor(number)
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

/// What one call on a non-blocking socket came to.
enum Transfer: Equatable {
    case bytes(Int)
    case wouldBlock
    case endOfStream
    case failed(Int32)
}

extension SharedDescriptor {
    /// Receives at most `limit` bytes, as many as are there, into the front of `buffer`, which must have room for them.
    func receive(into buffer: inout [UInt8], atMost limit: Int) -> Transfer {
        let result = use { number in
            while true {
                let count = unsafe recv(number, &buffer, limit, Int32(MSG_DONTWAIT))
                if count >= 0 { return count == 0 ? Transfer.endOfStream : .bytes(count) }
                if errno != EINTR { return errno == EAGAIN ? .wouldBlock : .failed(errno) }
            }
        }
        return result ?? .failed(EBADF)
    }

    /// Sends the bytes of `range`, or as many of them as there is room for, in one call.
    func send(_ bytes: [UInt8], _ range: Range<Int>) -> Transfer {
        let result = use { number in
            unsafe bytes.withUnsafeBytes { buffer in
                let part = unsafe UnsafeRawBufferPointer(rebasing: buffer[range])
                while true {
                    let flags = Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)
                    let count = unsafe RedisPOSIX.send(number, part.baseAddress, part.count, flags)
                    if count >= 0 { return Transfer.bytes(count) }
                    if errno != EINTR { return errno == EAGAIN ? .wouldBlock : .failed(errno) }
                }
            }
        }
        return result ?? .failed(EBADF)
    }

    /// How many bytes the peer's system has not yet acknowledged.
    var unsentCount: Int {
        use { number in
            var count: Int32 = 0
            return unsafe ioctl(number, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
        } ?? 0
    }

    /// How a connect that was in progress has ended: 0, or its error.
    var pendingError: Int32 {
        use { number in
            var error: Int32 = 0
            var size = socklen_t(MemoryLayout<Int32>.size)
            return unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno
        } ?? EBADF
    }

    /// Sends each write as a segment of its own. Fails harmlessly on a Unix socket.
    func setNoDelay() { setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1) }

    /// What ``beginConnect(to:)`` says of a connect that goes on.
    static var connectInProgress: Int32 { EINPROGRESS }

    /// Begins to connect without waiting: 0 when the connection is made already, `EINPROGRESS` when it may be yet, or
    /// why it is not.
    func beginConnect(to address: SocketAddress) -> Int32 { use { address.connect($0) } ?? EBADF }

    /// The TCP port that the socket is bound to; 0 where there is none.
    var boundPort: Int { use { SocketAddress.local(of: $0)?.port ?? 0 } ?? 0 }

    /// Ends our sending half (TCP: FIN); receiving still works.
    func finishSending() { _ = use { shutdown($0, Int32(SHUT_WR)) } }

    /// Closes with a reset (TCP: RST, by a linger time of zero).
    func closeWithReset() {
        _ = use { number in
            var linger = linger(l_onoff: 1, l_linger: 0)
            let size = socklen_t(MemoryLayout<RedisPOSIX.linger>.size)
            return unsafe setsockopt(number, SOL_SOCKET, SO_LINGER, &linger, size)
        }
        close()
    }
}
