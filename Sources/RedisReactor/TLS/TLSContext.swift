internal import CRedisOpenSSL
import RedisPOSIX

/// The state that the connections of one configuration share: authorities, identity, versions. Thread-safe, because it
/// does not change after its creation.
@safe package final class TLSContext: Sendable {
    let verification: RedisTLSConfiguration.Verification
    nonisolated(unsafe) let context: OpaquePointer
    private let atEnd: @Sendable () -> Void

    /// Reads the files of the configuration, which may block for milliseconds, so it must not be done on a loop's
    /// thread. `atEnd` is called when nobody uses the context any more, on any thread.
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
        // A renegotiation would make reads wait for writes and vice versa, and nothing here needs one.
        unsafe redis_events_forbid_renegotiation(context)
        unsafe redis_events_set_mode(
            context,
            Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER)
        )
        // Reads as many records as possible with one system call, instead of two calls for each.
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
    /// The error for a file that cannot be used. The path is no secret; the content of the file is never shown.
    fileprivate static func file(_ path: String, _ role: String) -> RedisTLSError {
        let cause = last(orElse: "unreadable")
        return RedisTLSError(.file, "\(role) \(path): \(cause.description)")
    }
}

/// Passes the password of a private key to OpenSSL, which would otherwise ask for it on the terminal.
enum KeyPassword {
    typealias Callback =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32

    /// Calls `body` with the arguments for OpenSSL, which are valid during the call.
    ///
    /// - Returns: Whether OpenSSL asked for the password, because the key is encrypted.
    static func with(_ password: String?, _ body: (Callback, UnsafeMutableRawPointer?) -> Void) -> Bool {
        // Before the password there is a byte for whether it was read. The one copy that is made is wiped.
        let text = (password ?? "").utf8
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: text.count + 2)
        unsafe copy.initialize(repeating: 0, count: text.count + 2)
        unsafe copy[0] = CChar(UInt8(ascii: "-"))
        for (index, byte) in text.enumerated() { unsafe copy[index + 1] = CChar(bitPattern: byte) }
        defer {
            unsafe explicit_bzero(copy, text.count + 2)
            unsafe copy.deallocate()
        }
        let callback: Callback = { buffer, room, _, text in
            guard let buffer = unsafe buffer, let text = unsafe text?.assumingMemoryBound(to: CChar.self) else {
                return 0
            }
            unsafe text[0] = CChar(UInt8(ascii: "+"))
            let length = unsafe strlen(text) - 1
            guard length <= Int(room) else { return -1 }
            unsafe memcpy(buffer, text + 1, length)
            return Int32(length)
        }
        unsafe body(callback, copy)
        return unsafe copy[0] == CChar(UInt8(ascii: "+"))
    }
}

/// Compares texts without keeping them.
enum Digest {
    /// The SHA-256 of `salt` and `text`. The copy that this makes is wiped.
    static func of(_ text: String, salt: [UInt8]) throws(RedisTLSError) -> [UInt8] {
        var input = salt
        // Without this, an array that grows would leave its old memory behind.
        input.reserveCapacity(salt.count + text.utf8.count)
        input += text.utf8
        var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var length: UInt32 = 0
        let isDone = unsafe EVP_Digest(input, input.count, &digest, &length, EVP_sha256(), nil) == 1
        unsafe input.withUnsafeMutableBytes { bytes in unsafe OPENSSL_cleanse(bytes.baseAddress, bytes.count) }
        guard isDone else { throw .last(orElse: "SHA-256 is not to be had") }
        return Array(digest.prefix(Int(length)))
    }
}
