internal import CRedisOpenSSL

/// Why TLS failed.
public struct RedisTLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public enum Kind: Sendable, Hashable {
        /// This side did not accept the server's certificate.
        case certificate
        /// The server refused with an alert.
        case alert
        /// The received bytes were not TLS.
        case notTLS
        /// A file of the configuration cannot be used.
        case file
        /// Anything else.
        case other
    }

    /// The kind of failure.
    public let kind: Kind
    /// The cause in words.
    public let description: String

    init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }

    /// The first and deepest cause in OpenSSL's queue of errors of this thread. The queue is empty afterwards.
    static func last(orElse words: String) -> RedisTLSError {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0 else { return RedisTLSError(.other, words) }
        // Errors of the system are in the same queue, with `errno` as the reason.
        if code & redis_events_system_error_flag != 0 {
            return RedisTLSError(
                .other,
                RedisSystemError(call: "open", code: Int32(code & ~redis_events_system_error_flag)).reason
            )
        }
        let text = unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? words
        // Other libraries use the same numbers for other reasons.
        guard ERR_GET_LIB(code) == ERR_LIB_SSL else { return RedisTLSError(.other, text) }
        switch ERR_GET_REASON(code) {
        case SSL_R_WRONG_VERSION_NUMBER, SSL_R_PACKET_LENGTH_TOO_LONG, SSL_R_HTTP_REQUEST, SSL_R_UNKNOWN_PROTOCOL:
            return RedisTLSError(.notTLS, "the server does not speak TLS; is this a TLS port?")
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
            return RedisTLSError(.alert, "the server requires a client certificate")
        case let reason where reason >= SSL_AD_REASON_OFFSET:
            return RedisTLSError(.alert, "the server refused: \(text)")
        default:
            return RedisTLSError(.other, text)
        }
    }

    /// The error for the certificate of a server.
    static func certificate(_ result: Int, serverName: String) -> RedisTLSError {
        let isForAnother = result == X509_V_ERR_HOSTNAME_MISMATCH || result == X509_V_ERR_IP_ADDRESS_MISMATCH
        let reason =
            isForAnother
            ? "it is not made out for \(serverName)"
            : unsafe X509_verify_cert_error_string(result).map { unsafe String(cString: $0) } ?? "error \(result)"
        return RedisTLSError(.certificate, "the server's certificate is not accepted: \(reason)")
    }
}
