import RedisPOSIX

/// A connected stream socket, with or without TLS. It belongs to the loop's thread.
@safe package struct Socket: ~Copyable {
    private let descriptor: FileDescriptor
    private let tls: TLSStream?

    /// A socket without TLS.
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

    /// The address of the other end in the same form as `localAddress`.
    package var remoteAddress: String? { SocketAddress.remote(of: number)?.hostAndPort }

    /// Does the next step of the TLS handshake. Without TLS there is no handshake.
    package func handshake() -> TLSStream.Progress { tls?.handshake() ?? .done }

    /// Whether bytes were taken from the system that no read has returned yet. The system does not report those.
    package func holdsBytes() -> Bool { tls?.holdsBytes() ?? false }

    /// Sends as much as the socket accepts now. If the peer is gone, this is an error and never a signal.
    package func send(_ bytes: RawSpan) -> Transfer {
        if let transfer = tls?.send(bytes) { return transfer }
        let sent = unsafe bytes.withUnsafeBytes { buffer in
            unsafe RedisPOSIX.send(number, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL))
        }
        return .of(sent, call: "send")
    }

    /// Reads once into `buffer`; `.bytes` contains the number of bytes and is never zero.
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
        // A unix socket whose backlog is full returns EAGAIN and never becomes writable.
        case EINPROGRESS: return false
        default: throw RedisSystemError(call: "connect", code: code)
        }
    }
}

extension FileDescriptor {
    /// The result of the connect that was started on this socket.
    func connectResult() -> RedisSystemError? {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return .last("getsockopt") }
        return code == 0 ? nil : RedisSystemError(call: "connect", code: code)
    }

    /// Small commands are sent at once, and the system notices a peer that has disappeared, even without a heartbeat.
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

/// The result of one nonblocking transfer.
package enum Transfer: Equatable, Sendable {
    case bytes(Int)
    /// Nothing can be transferred now.
    case wouldBlock
    /// The other side has ended its stream.
    case endOfStream
    case failed(StreamError)

    /// The transfer for the result of a system call. The caller decides whether zero means the end.
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
