internal import CRedisOpenSSL
import RedisPOSIX

/// How OpenSSL reaches a socket. Its own way writes without MSG_NOSIGNAL, so that a peer that is gone would end the
/// process by SIGPIPE.
enum SocketBIO {
    /// A channel to the socket, which stays its owner's.
    static func make(_ descriptor: Int32) -> OpaquePointer? {
        guard let method = unsafe method, let channel = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(channel, UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1))
        unsafe BIO_set_init(channel, 1)
        return unsafe channel
    }

    /// Made once and kept, as OpenSSL wants it.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let kind = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK
        guard let method = unsafe BIO_meth_new(kind, "nonblocking socket") else { return nil }
        unsafe BIO_meth_set_write(method) { channel, bytes, count in
            guard let channel = unsafe channel else { return -1 }
            let sent = unsafe RedisPOSIX.send(SocketBIO.descriptor(channel), bytes, Int(count), Int32(MSG_NOSIGNAL))
            return unsafe SocketBIO.result(sent, channel, ifBlocked: BIO_FLAGS_WRITE)
        }
        unsafe BIO_meth_set_read(method) { channel, bytes, count in
            guard let channel = unsafe channel else { return -1 }
            let received = unsafe RedisPOSIX.recv(SocketBIO.descriptor(channel), bytes, Int(count), 0)
            return unsafe SocketBIO.result(received, channel, ifBlocked: BIO_FLAGS_READ)
        }
        // Nothing is held back, so there is nothing to flush.
        unsafe BIO_meth_set_ctrl(method) { _, command, _, _ in command == BIO_CTRL_FLUSH ? 1 : 0 }
        return unsafe method
    }()

    private static func descriptor(_ channel: OpaquePointer) -> Int32 {
        unsafe Int32(Int(bitPattern: BIO_get_data(channel)) - 1)
    }

    private static func result(_ count: Int, _ channel: OpaquePointer, ifBlocked flag: Int32) -> Int32 {
        let isBlocked = count < 0 && RedisSystemError.last("TLS").isTransient
        unsafe redis_events_set_retry(channel, isBlocked ? flag | BIO_FLAGS_SHOULD_RETRY : 0)
        return Int32(count)
    }
}
