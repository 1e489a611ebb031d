import RedisPOSIX

/// What one call on a non-blocking socket came to.
enum Transfer: Equatable {
    case bytes(Int)
    case wouldBlock
    case endOfStream
    case failed(Int32)
}

extension Descriptor {
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

    /// Begins to connect without waiting: 0 when the connection is made already, `EINPROGRESS` when it may be yet, or why
    /// it is not.
    func beginConnect(to address: SocketAddress) throws(RedisTestingError) -> Int32 {
        try unsafe address.withPointer { pointer, length in
            use { unsafe connect($0, pointer, length) == 0 ? 0 : errno } ?? EBADF
        }
    }

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
