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

    /// The address of this end in the form in which servers show their clients': `127.0.0.1:41690`, `[::1]:41690`. `nil` where
    /// there is none: a unix socket.
    package var localAddress: String? { descriptor.localAddress }

    /// The address of the other end in the same form.
    package var remoteAddress: String? { descriptor.remoteAddress }

    /// Takes the TLS handshake one step further. A socket in clear has none to make.
    package func handshake() -> TLSStream.Progress { tls?.handshake() ?? .done }

    /// Whether bytes were taken from the system already that no read has returned yet. The system does not tell of those.
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
