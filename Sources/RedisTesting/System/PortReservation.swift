import RedisPOSIX

/// A TCP port of 127.0.0.1 that is ours although nobody listens on it: a socket that is bound and no more. The kernel gives
/// the port to nobody else, refuses connections to it, and lets us listen there as often as we like.
package final class PortReservation: Sendable {
    private let descriptor: Descriptor
    package let port: Int

    /// - Parameter wanted: The port; 0 for one of the kernel's choice.
    package init(port wanted: Int = 0) throws(RedisTestingError) {
        descriptor = try Descriptor.socket(family: AF_INET)
        let descriptor = descriptor
        descriptor.setOption(SOL_SOCKET, SO_REUSEADDR, 1)
        let number = try unsafe SocketAddress.loopback(port: wanted).withPointer { pointer, length in
            descriptor.use { unsafe bind($0, pointer, length) == 0 ? 0 : errno } ?? EBADF
        }
        guard number == 0 else { throw .systemCall(wanted == 0 ? "bind a free port" : "bind port \(wanted)", number) }
        port = descriptor.use(ListeningSocket.boundPort) ?? 0
    }

    func close() { descriptor.close() }
}
