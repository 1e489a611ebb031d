/// The socket of a connection, and the event sources that say when it can be read or written. It belongs to the loop's
/// thread.
struct Transport: ~Copyable {
    // The sources have to be released before the descriptor is closed.
    private var readable: IOSource?
    private var writable: IOSource?
    private var socket: Socket?

    /// Begins to wait for bytes on a connected socket.
    ///
    /// - Parameters:
    ///   - socket: The socket, which this owns from now on.
    ///   - loop: The loop that waits.
    ///   - becameReadable: Called on the loop when bytes have come, and by `callAgain`.
    ///   - becameWritable: Called on the loop when the socket accepts bytes, after `waitUntilWritable`.
    /// - Throws: The system's error when there is no memory for the events.
    init(
        _ socket: consuming Socket,
        on loop: RedisEventLoop,
        becameReadable: @escaping @Sendable () -> Void,
        becameWritable: @escaping @Sendable () -> Void
    ) throws(RedisSystemError) {
        var readable = try IOSource(.readable, of: socket.number, on: loop, becameReadable)
        writable = try IOSource(.writable, of: socket.number, on: loop, becameWritable)
        readable.enable()
        self.readable = consume readable
        self.socket = consume socket
    }

    /// Closes the socket. Idempotent.
    mutating func close() {
        readable = nil
        writable = nil
        socket = nil
    }

    /// Reads once. `nil` when the socket is closed.
    mutating func read(into input: inout LinkInput) -> (transfer: Transfer, isDrained: Bool)? {
        socket?.read(into: &input)
    }

    /// Writes as much as the socket accepts, and waits until it accepts the rest. `nil` when the socket is closed.
    mutating func write(_ output: inout WriteBuffer) -> Transfer? {
        guard let transfer = socket?.write(&output) else { return nil }
        switch transfer {
        case .bytes: writable?.disable()
        case .wouldBlock: writable?.enable()
        case .endOfStream, .failed: break
        }
        return transfer
    }

    /// Does the next step of the TLS handshake, and waits for what the step after it needs. `nil` when the socket is
    /// closed.
    mutating func handshake() -> TLSStream.Progress? {
        guard let progress = socket?.handshake() else { return nil }
        switch progress {
        case .needsWrite: writable?.enable()
        case .needsRead, .done: writable?.disable()
        case .failed: break
        }
        return progress
    }

    /// Stops reading until `resumeReading`, so that TCP slows the server down.
    mutating func pauseReading() { readable?.disable() }

    mutating func resumeReading() { readable?.enable() }

    /// Calls `becameReadable` in the next turn if TLS holds bytes that it has read from the socket already, because the
    /// system does not report those.
    mutating func callAgainIfHoldingBytes() {
        if socket?.holdsBytes() == true { readable?.callAgain() }
    }
}

extension Socket {
    fileprivate func write(_ output: inout WriteBuffer) -> Transfer { output.flush(to: self) }

    fileprivate func read(into input: inout LinkInput) -> (transfer: Transfer, isDrained: Bool) {
        input.read(from: self)
    }
}

extension RedisConfiguration {
    /// Reads the files that TLS needs, which may block. A renewed file is used from the next connect on.
    func tlsContext(for endpoint: RedisEndpoint) throws(RedisError) -> TLSContext? {
        guard let tls else { return nil }
        do throws(RedisTLSError) { return try TLSContextCache.context(for: tls) } catch {
            throw RedisError.tls(error).at(endpoint, .handshake)
        }
    }

    /// The connected descriptor as a socket, with or without TLS.
    func socket(
        _ descriptor: consuming FileDescriptor,
        _ context: TLSContext?,
        to endpoint: RedisEndpoint
    ) throws(RedisError) -> Socket {
        guard let tls, let context else { return Socket(descriptor) }
        do throws(RedisTLSError) {
            return try Socket(descriptor, context: context, serverName: tls.serverName ?? endpoint.host)
        } catch { throw RedisError.tls(error).at(endpoint, .handshake) }
    }
}
