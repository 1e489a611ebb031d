import RedisPOSIX

/// A connected stream socket, in clear or under TLS. It belongs to the loop's thread.
@safe package struct Socket: ~Copyable {
    private let descriptor: FileDescriptor
    private let tls: TLSStream?

    /// A socket whose bytes travel in clear.
    package init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
        tls = nil
    }

    /// A socket under TLS. Nothing is sent before `handshake`.
    package init(_ descriptor: consuming FileDescriptor, context: TLSContext, serverName: String) throws(RedisTLSError)
    {
        tls = try TLSStream(context, descriptor: descriptor.number, serverName: serverName)
        self.descriptor = descriptor
    }

    deinit { tls?.sayGoodbye() }

    /// The descriptor's number, to wait on.
    package var number: Int32 { descriptor.number }

    /// The address of this end in the form in which servers show their clients': `127.0.0.1:41690`, `[::1]:41690`.
    /// `nil` where there is none: a unix socket.
    package var localAddress: String? { SocketAddress.local(of: number)?.hostAndPort }

    /// The address of the other end in the same form.
    package var remoteAddress: String? { SocketAddress.remote(of: number)?.hostAndPort }

    /// Takes the TLS handshake one step further. A socket in clear has none to make.
    package func handshake() -> TLSStream.Progress { tls?.handshake() ?? .done }

    /// Whether bytes were taken from the system already that no read has returned yet. The system does not tell of
    /// those.
    package func holdsBytes() -> Bool { tls?.holdsBytes() ?? false }

    /// Sends what the socket takes now. A peer that is gone is an error, never a signal.
    package func send(_ bytes: RawSpan) -> Transfer {
        if let transfer = tls?.send(bytes) { return transfer }
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe RedisPOSIX.send(number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        return .of(sent, call: "send")
    }

    /// Reads once into `buffer`; `.bytes` tells how many, and is never zero.
    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        if let transfer = unsafe tls?.receive(into: buffer) { return transfer }
        let count = unsafe RedisPOSIX.recv(number, buffer.baseAddress, buffer.count, 0)
        return count == 0 ? .endOfStream : .of(count, call: "recv")
    }
}

extension SocketAddress {
    /// Starts to connect. Returns whether the socket is connected already, as a unix socket is at once.
    func startConnect(_ descriptor: borrowing FileDescriptor) throws(RedisSystemError) -> Bool {
        if family != AF_UNIX { descriptor.setTCPOptions() }
        let code = connect(descriptor.number)
        switch code {
        case 0: return true
        // A unix socket whose backlog is full says EAGAIN and never becomes writable.
        case EINPROGRESS: return false
        default: throw RedisSystemError(call: "connect", code: code)
        }
    }
}

extension FileDescriptor {
    /// How the connect that was started on this socket ended.
    func connectResult() -> RedisSystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return .last("getsockopt") }
        return code == 0 ? nil : RedisSystemError(call: "connect", code: code)
    }

    /// Small commands leave at once; a peer that vanished is noticed by the system in the end, whatever else watches.
    fileprivate func setTCPOptions() {
        set(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        set(SOL_SOCKET, SO_KEEPALIVE, 1)
        set(Int32(IPPROTO_TCP), TCP_KEEPIDLE, 30)
        set(Int32(IPPROTO_TCP), TCP_KEEPINTVL, 5)
        set(Int32(IPPROTO_TCP), TCP_KEEPCNT, 3)
    }

    private func set(_ level: Int32, _ option: Int32, _ value: Int32) {
        var value = value
        unsafe setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

/// What one nonblocking transfer came to.
package enum Transfer: Equatable, Sendable {
    case bytes(Int)
    /// Nothing can be transferred now.
    case wouldBlock
    /// The other side has ended its stream.
    case endOfStream
    case failed(StreamError)

    /// Judges the result of a system call that transfers bytes. A zero is the caller's to read as an end.
    static func of(_ count: Int, call: String) -> Transfer {
        guard count < 0 else { return .bytes(count) }
        switch RedisSystemError.last(call) {
        case let error where error.isTransient: return .wouldBlock
        case let error: return .failed(.system(error))
        }
    }
}

/// Why a stream broke.
package enum StreamError: Error, Hashable, Sendable {
    case system(RedisSystemError)
    case tls(RedisTLSError)
}
