extension Session {
    /// Reads the files that TLS needs, away from the loop. A file that was renewed is used from the next connect on.
    func loadTLS() async throws(RedisError) {
        guard let tls = configuration.tls else { return }
        tlsContext = try await away { [endpoint] () async throws(RedisError) in
            do throws(RedisTLSError) { return try TLSContextCache.context(for: tls) } catch {
                throw RedisError.tls(error).at(endpoint, .handshake)
            }
        }
    }

    /// The connected descriptor as a socket, in clear or under TLS.
    func socket(_ descriptor: consuming FileDescriptor) throws(RedisError) -> Socket {
        guard let tls = configuration.tls, let tlsContext else { return Socket(descriptor) }
        do throws(RedisTLSError) {
            return try Socket(descriptor, context: tlsContext, serverName: tls.serverName ?? endpoint.host)
        } catch { throw RedisError.tls(error).at(endpoint, .handshake) }
    }

    /// Goes through the TLS handshake. A server that speaks no TLS may wait for the end of what it takes for a command,
    /// so that only the time tells.
    func secure() async throws(RedisError) {
        phase = .securing
        secureFurther()
        while phase == .securing && !timerHasFired { await wait() }
        try checkOpen(.handshake)
        if let ending { throw ending }
        if phase == .securing {
            throw RedisError(
                .handshakeTimedOut,
                "TLS: no answer in time; is this a TLS port?",
                endpoint: endpoint,
                phase: .handshake
            )
        }
    }

    /// The socket is ready for the next step of the TLS handshake.
    func secureFurther() {
        switch socket?.handshake() {
        case .needsRead?: writable?.disable()
        case .needsWrite?: writable?.enable()
        case .failed(let error)?: lose(.stream(error))
        case .done?:
            writable?.disable()
            phase = .handshaking
            // First: what reads on comes behind what it is read for.
            wake()
            if socket?.holdsBytes() == true { readable?.callAgain() }
        case nil: break
        }
    }
}
