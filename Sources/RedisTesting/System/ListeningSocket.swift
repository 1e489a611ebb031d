import RedisPOSIX

/// A socket that accepts connections on this machine.
final class ListeningSocket: Sendable {
    let descriptor: SharedDescriptor
    /// The TCP port, 0 for a Unix socket.
    let port: Int

    /// Binds and listens.
    ///
    /// - Throws: `systemCallFailed`, for example when the port is taken.
    init(_ address: SocketAddress, backlog: Int32 = 128) throws(RedisTestingError) {
        descriptor = try SharedDescriptor.socket(family: address.family)
        let descriptor = descriptor
        if address.family != AF_UNIX { descriptor.setOption(SOL_SOCKET, SO_REUSEADDR, 1) }
        if address.family == AF_INET6 { descriptor.setOption(Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1) }
        let number =
            descriptor.use { socket in
                let code = address.bind(socket)
                return code != 0 || listen(socket, backlog) == 0 ? code : errno
            } ?? EBADF
        guard number == 0 else { throw .systemCall("bind \(address)", number) }
        port = address.family == AF_UNIX ? 0 : descriptor.boundPort
    }

    /// Waits until a connection may be there; `false` when the socket was closed, which any thread may do.
    func waitForConnection() -> Bool {
        descriptor.wait(for: POLLIN, Deadline(after: .seconds(3600))) != .closed
    }

    /// Whether a connection waits to be accepted.
    var hasPendingConnection: Bool { descriptor.wait(for: POLLIN, Deadline(after: .zero)) == .ready }

    /// Accepts a connection that is already there; `nil` when there is none, or the socket was closed. Where there is
    /// no descriptor for it, it stays where it is, and this takes 10 ms: whoever looks for it again and again must not
    /// take a whole core.
    func acceptPending() -> StreamSocket? {
        let number = ChildProcess.descriptorLock.withLock { _ in
            // accept4, which would mark the descriptor in one step, is not visible in Swift's Glibc module.
            descriptor.use { listener in
                guard DescriptorReserve.hasRoom(besides: listener) else { return -EMFILE }
                let number = RedisPOSIX.accept(listener, nil, nil)
                guard number >= 0 else { return -errno }
                _ = fcntl(number, F_SETFD, FD_CLOEXEC)
                _ = fcntl(number, F_SETFL, O_NONBLOCK)
                return number
            }
        }
        guard let number else { return nil }
        if [-EMFILE, -ENFILE, -ENOBUFS, -ENOMEM].contains(number) { sleepBlocking(milliseconds: 10) }
        return number >= 0 ? StreamSocket(SharedDescriptor(number)) : nil
    }

    /// Stops listening, and wakes a thread that waits for a connection. Idempotent.
    func close() {
        _ = descriptor.use { shutdown($0, Int32(SHUT_RDWR)) }
        descriptor.close()
    }
}
