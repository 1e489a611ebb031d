/// The socket of a connection, and what tells when it can be read or written. It belongs to the loop's thread.
struct Transport: ~Copyable {
    // The sources have to be gone before the descriptor is closed.
    private var readable: IOSource?
    private var writable: IOSource?
    private var socket: Socket?

    /// Begins to wait for bytes on a connected socket.
    ///
    /// - Parameters:
    ///   - socket: The socket, which this owns from now on.
    ///   - loop: The loop that waits.
    ///   - becameReadable: Called on the loop when bytes are there, and by `callAgain`.
    ///   - becameWritable: Called on the loop when the socket takes bytes, after `waitUntilWritable`.
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

    /// Writes what the socket takes, and waits until it takes the rest. `nil` when the socket is closed.
    mutating func write(_ output: inout WriteBuffer) -> Transfer? {
        guard let transfer = socket?.write(&output) else { return nil }
        switch transfer {
        case .bytes: writable?.disable()
        case .wouldBlock: writable?.enable()
        case .endOfStream, .failed: break
        }
        return transfer
    }

    /// Takes the TLS handshake one step further, and waits for what the next step needs. `nil` when the socket is
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

    /// Reads no more until `resumeReading`, so that the server feels the back-pressure.
    mutating func pauseReading() { readable?.disable() }

    mutating func resumeReading() { readable?.enable() }

    /// Calls `becameReadable` in the next turn if TLS has taken bytes from the socket already: the system does not tell
    /// of those.
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
    /// Reads the files that TLS needs; it may block. A file that was renewed is used from the next connect on.
    func tlsContext(for endpoint: RedisEndpoint) throws(RedisError) -> TLSContext? {
        guard let tls else { return nil }
        do throws(RedisTLSError) { return try TLSContextCache.context(for: tls) } catch {
            throw RedisError.tls(error).at(endpoint, .handshake)
        }
    }

    /// The connected descriptor as a socket, in clear or under TLS.
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
