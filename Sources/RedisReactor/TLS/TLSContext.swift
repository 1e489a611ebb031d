internal import CRedisOpenSSL

/// What the connections of one configuration share: authorities, identity, versions. Thread-safe, because it does not
/// change once it is made.
@safe package final class TLSContext: Sendable {
    let verification: RedisTLSConfiguration.Verification
    nonisolated(unsafe) let context: OpaquePointer
    private let atEnd: @Sendable () -> Void

    /// Reads the files of the configuration, which may block for milliseconds: not on a loop's thread. `atEnd` is called when
    /// nobody uses it any more, on any thread.
    package init(
        _ configuration: RedisTLSConfiguration,
        atEnd: @escaping @Sendable () -> Void = {}
    ) throws(RedisTLSError) {
        ERR_clear_error()
        self.atEnd = atEnd
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw .last(orElse: "no memory for TLS") }
        unsafe self.context = context
        verification = configuration.verification
        let minimum = configuration.minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION
        guard unsafe redis_events_set_minimum_version(context, minimum) == 1 else {
            throw .last(orElse: "the minimum version is not to be had")
        }
        // A renegotiation would make reads wait for writes and the other way round; nothing here needs one.
        unsafe redis_events_forbid_renegotiation(context)
        unsafe redis_events_set_mode(
            context,
            Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        )
        // As many records as there are with one system call, instead of two calls for each.
        unsafe redis_events_read_ahead(context)
        unsafe SSL_CTX_set_verify(context, verification == .none ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
        if verification != .none { try trust(configuration.authorities) }
        if let identity = configuration.identity { try show(identity) }
    }

    deinit {
        unsafe SSL_CTX_free(context)
        atEnd()
    }

    private func trust(_ authorities: RedisTLSConfiguration.Authorities) throws(RedisTLSError) {
        switch authorities {
        case .system:
            guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw .last(orElse: "the system's certificate authorities cannot be read")
            }
        case .file(let path):
            guard unsafe SSL_CTX_load_verify_file(context, path) == 1 else { throw .file(path, "authorities") }
        case .directory(let path):
            guard unsafe SSL_CTX_load_verify_dir(context, path) == 1 else { throw .file(path, "authorities") }
        }
    }

    private func show(_ identity: RedisTLSConfiguration.Identity) throws(RedisTLSError) {
        guard unsafe SSL_CTX_use_certificate_chain_file(context, identity.certificate) == 1 else {
            throw .file(identity.certificate, "certificate")
        }
        var isUsable = false
        let isEncrypted = unsafe KeyPassword.with(identity.password) { callback, password in
            unsafe SSL_CTX_set_default_passwd_cb(context, callback)
            unsafe SSL_CTX_set_default_passwd_cb_userdata(context, password)
            isUsable = unsafe SSL_CTX_use_PrivateKey_file(context, identity.privateKey, SSL_FILETYPE_PEM) == 1
            unsafe SSL_CTX_set_default_passwd_cb_userdata(context, nil)
        }
        if isUsable { return }
        if ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH {
            ERR_clear_error()
            throw RedisTLSError(.file, "the private key does not belong to the certificate")
        }
        guard isEncrypted else { throw .file(identity.privateKey, "private key") }
        ERR_clear_error()
        let reason = identity.password == nil ? "its password is missing" : "its password is another"
        throw RedisTLSError(.file, "private key \(identity.privateKey): it is encrypted, and \(reason)")
    }
}

extension RedisTLSError {
    /// A file that cannot be used. The path is no secret; what stands in the file shows in no text.
    fileprivate static func file(_ path: String, _ role: String) -> RedisTLSError {
        let cause = last(orElse: "unreadable")
        return RedisTLSError(.file, "\(role) \(path): \(cause.description)")
    }
}
