internal import CRedisOpenSSL
import RedisPOSIX

/// TLS on one socket, which it uses and does not own. Nonblocking: each call does what can be done now.
@safe package struct TLSStream: ~Copyable {
    /// The progress of the handshake.
    package enum Progress: Equatable, Sendable {
        case done
        case needsRead
        case needsWrite
        case failed(StreamError)
    }

    private let ssl: OpaquePointer
    private let serverName: String

    init(_ context: TLSContext, descriptor: Int32, serverName: String) throws(RedisTLSError) {
        ERR_clear_error()
        let name = TLSServerName(serverName)
        if case .neither = name, context.verification == .full {
            throw RedisTLSError(.other, "'\(serverName)' is no name that a certificate can bear")
        }
        guard let ssl = unsafe SSL_new(context.context) else { throw .last(orElse: "no memory for TLS") }
        // A name that is not set is not verified.
        guard unsafe Self.setName(name, of: ssl, isVerified: context.verification == .full),
            let channel = unsafe SocketBIO.make(descriptor)
        else {
            unsafe SSL_free(ssl)
            throw .last(orElse: "no memory for TLS")
        }
        unsafe self.ssl = ssl
        self.serverName = serverName
        unsafe SSL_set_bio(ssl, channel, channel)
        unsafe SSL_set_connect_state(ssl)
    }

    /// Sets the server's name. Returns whether everything is set that has to be verified.
    private static func setName(_ name: TLSServerName, of ssl: OpaquePointer, isVerified: Bool) -> Bool {
        // Only the names in the certificate count: a subject's common name is free text (RFC 9525, 2).
        unsafe SSL_set_hostflags(
            ssl,
            UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
        )
        switch name {
        case .neither: return !isVerified
        case .host(let host):
            unsafe redis_events_set_indicated_name(ssl, host)
            return unsafe !isVerified || SSL_set1_host(ssl, host) == 1
        // An address is matched against the addresses in the certificate, and is not sent as a name (RFC 6066, 3).
        case .address(let address):
            return unsafe !isVerified || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1
        }
    }

    deinit { unsafe SSL_free(ssl) }

    /// Continues the handshake as far as possible now.
    func handshake() -> Progress {
        ERR_clear_error()
        let result = unsafe SSL_do_handshake(ssl)
        if result == 1 { return .done }
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ: return .needsRead
        case SSL_ERROR_WANT_WRITE: return .needsWrite
        case let error:
            return .failed(failure(error) ?? .tls(RedisTLSError(.other, "the server ended the TLS handshake")))
        }
    }

    /// Whether OpenSSL has bytes that no read has returned.
    func holdsBytes() -> Bool { unsafe SSL_has_pending(ssl) == 1 }

    func receive(into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        ERR_clear_error()
        var count = 0
        let result = unsafe SSL_read_ex(ssl, buffer.baseAddress, buffer.count, &count)
        return result == 1 ? .bytes(count) : transfer(result)
    }

    func send(_ bytes: RawSpan) -> Transfer {
        ERR_clear_error()
        var count = 0
        let result = unsafe bytes.withUnsafeBytes { unsafe SSL_write_ex(ssl, $0.baseAddress, $0.count, &count) }
        return result == 1 ? .bytes(count) : transfer(result)
    }

    /// Sends TLS's end of the stream, if that is possible without waiting.
    func sayGoodbye() {
        ERR_clear_error()
        if unsafe SSL_is_init_finished(ssl) == 1 { unsafe SSL_shutdown(ssl) }
        ERR_clear_error()
    }

    private func transfer(_ result: Int32) -> Transfer {
        switch unsafe SSL_get_error(ssl, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: .wouldBlock
        case SSL_ERROR_ZERO_RETURN: .endOfStream
        case let error: failure(error).map { .failed($0) } ?? .endOfStream
        }
    }

    /// The failure; `nil` when the other side has closed the stream, with or without TLS's own message.
    private func failure(_ error: Int32) -> StreamError? {
        if error == SSL_ERROR_SYSCALL {
            let system = RedisSystemError.last("TLS")
            return system.code == 0 ? nil : .system(system)
        }
        if ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING {
            ERR_clear_error()
            return nil
        }
        let verification = unsafe SSL_get_verify_result(ssl)
        if verification != X509_V_OK, ERR_GET_REASON(ERR_peek_error()) == SSL_R_CERTIFICATE_VERIFY_FAILED {
            ERR_clear_error()
            return .tls(.certificate(verification, serverName: serverName))
        }
        return .tls(.last(orElse: "TLS failed"))
    }
}

/// How OpenSSL reaches a socket. OpenSSL's own implementation writes without MSG_NOSIGNAL, so that a disconnected peer
/// would end the process by SIGPIPE.
enum SocketBIO {
    /// A channel to the socket, which still belongs to the socket's owner.
    static func make(_ descriptor: Int32) -> OpaquePointer? {
        guard let method = unsafe method, let channel = unsafe BIO_new(method) else { return nil }
        unsafe BIO_set_data(channel, UnsafeMutableRawPointer(bitPattern: Int(descriptor) + 1))
        unsafe BIO_set_init(channel, 1)
        return unsafe channel
    }

    /// Made once and kept, as OpenSSL demands.
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
        // Nothing is buffered, so there is nothing to flush.
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

/// The name that a certificate must contain. OpenSSL accepts more than that as a name, for example a leading dot for
/// any subdomain.
package enum TLSServerName: Equatable, Sendable {
    /// A name of dotted labels (RFC 9525, 3; also with underscores, which containers use), without the dot at the end,
    /// which neither certificates nor SNI contain.
    case host(String)
    /// An IPv4 or IPv6 address, without a zone.
    case address(String)
    /// Neither of these: a leading dot, an empty label, a wildcard, or a text that is not ASCII.
    case neither

    /// Reads the user's name of the server.
    package init(_ text: String) {
        // A zone names the local interface, and is not part of the address.
        let address = text.utf8.contains(UInt8(ascii: ":")) ? String(text.prefix { $0 != "%" }) : text
        // A NUL would end the text that is parsed as an address.
        if !address.utf8.contains(0), let bytes = unsafe a2i_IPADDRESS(address) {
            unsafe ASN1_OCTET_STRING_free(bytes)
            self = .address(address)
            return
        }
        let host = text.utf8.last == UInt8(ascii: ".") ? Substring(text.utf8.dropLast()) : text[...]
        let labels = host.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        let isName =
            host.utf8.count <= 253 && labels.allSatisfy { 1...63 ~= $0.count && $0.allSatisfy(Self.mayStandInLabel) }
        self = isName ? .host(String(host)) : .neither
    }

    private static func mayStandInLabel(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }
}
