import RedisPOSIX

/// A connected stream socket with bounded blocking calls. One thread may send while another receives, and any thread
/// may close.
package final class StreamSocket: Sendable {
    let descriptor: SharedDescriptor

    init(_ descriptor: SharedDescriptor) {
        self.descriptor = descriptor
        // Each send is to leave as a segment of its own. Fails harmlessly on a Unix socket.
        descriptor.setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
    }

    /// Connects; `connectionFailed` when nobody listens, `timeout` at the deadline.
    package static func connect(
        to address: SocketAddress,
        _ deadline: Deadline
    ) throws(RedisTestingError) -> StreamSocket {
        let descriptor = try SharedDescriptor.socket(family: address.family)
        while true {
            let number = descriptor.use { address.connect($0) } ?? EBADF
            switch number {
            case 0, EISCONN: return StreamSocket(descriptor)
            case EINPROGRESS, EALREADY, EINTR: _ = descriptor.wait(for: POLLOUT, deadline)
            case EAGAIN: sleepBlocking(milliseconds: 5)  // a Unix socket whose backlog is full
            default: throw RedisTestingError(.connectionFailed, "connect to \(address): \(errorText(number))")
            }
            if deadline.hasPassed { throw RedisTestingError(.timeout, "connect to \(address): no answer in time") }
        }
    }

    /// Two sockets connected to each other, both close-on-exec; the first also non-blocking.
    static func pair() throws(RedisTestingError) -> (StreamSocket, SharedDescriptor) {
        var numbers: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, type, 0, &numbers) == 0 else { throw .systemCall("socketpair", errno) }
        _ = fcntl(numbers[0], F_SETFL, O_NONBLOCK)
        return (StreamSocket(SharedDescriptor(numbers[0])), SharedDescriptor(numbers[1]))
    }

    /// Sends all bytes.
    package func send(_ bytes: [UInt8], _ deadline: Deadline) throws(RedisTestingError) {
        var sent = 0
        while sent < bytes.count {
            let result = unsafe bytes.withUnsafeBytes { buffer in
                descriptor.use { number in
                    let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
                    let count = unsafe RedisPOSIX.send(number, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
                    return count >= 0 ? (count, 0) : (0, errno)
                }
            }
            guard let (count, number) = result else { throw .closedHere }
            sent += count
            switch number {
            case 0, EINTR: continue
            case EAGAIN: try waitUntilReady(POLLOUT, deadline, "sending \(bytes.count - sent) bytes")
            default: throw RedisTestingError(.connectionClosed, "send: \(errorText(number))")
            }
        }
    }

    /// Receives what is there, waiting for the first byte; an empty array is the end of the stream.
    package func receive(_ deadline: Deadline, waitingFor what: String) throws(RedisTestingError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 16384)
        while true {
            let capacity = buffer.count
            let result = descriptor.use { number in
                let count = unsafe recv(number, &buffer, capacity, 0)
                return count >= 0 ? (count, 0) : (0, errno)
            }
            guard let (count, number) = result else { throw .closedHere }
            switch number {
            case 0: return Array(buffer[..<count])
            case EINTR: continue
            case EAGAIN: try waitUntilReady(POLLIN, deadline, what)
            default: throw RedisTestingError(.connectionClosed, "\(what): \(errorText(number))")
            }
        }
    }

    private func waitUntilReady(_ events: Int32, _ deadline: Deadline, _ what: String) throws(RedisTestingError) {
        switch descriptor.wait(for: events, deadline) {
        case .ready: return
        case .closed: throw .closedHere
        case .timedOut: throw RedisTestingError(.timeout, "\(what): nothing in time")
        }
    }

    /// Ends our sending half (TCP: FIN); receiving still works.
    func finishSending() { _ = descriptor.use { shutdown($0, Int32(SHUT_WR)) } }

    /// Ends both halves at once, which also wakes a thread that waits in ``receive(_:waitingFor:)``.
    func interrupt() { _ = descriptor.use { shutdown($0, Int32(SHUT_RDWR)) } }

    /// Closes gracefully. What has arrived unread is discarded first: closing with unread bytes makes the kernel
    /// report a reset to the peer, on a Unix socket even instead of the end of the stream.
    package func close() {
        finishSending()
        var buffer = [UInt8](repeating: 0, count: 16384)
        let capacity = buffer.count
        while let count = descriptor.use({ unsafe recv($0, &buffer, capacity, 0) }), count > 0 {}
        descriptor.close()
    }

    /// Closes with a reset (TCP: RST, by a linger time of zero).
    func reset() { descriptor.closeWithReset() }
}

extension RedisTestingError {
    /// The socket was closed by this process, in the middle of a call or before it.
    static var closedHere: RedisTestingError {
        RedisTestingError(.connectionClosed, "the connection was closed on this side")
    }
}
