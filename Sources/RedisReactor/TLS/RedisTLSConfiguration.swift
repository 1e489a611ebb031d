/// How a link is secured with TLS.
///
/// By default the server's certificate has to be valid, issued by an authority that the system trusts, and contain the
/// host that is connected to.
public struct RedisTLSConfiguration: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// The accepted issuers of the server's certificate.
    public enum Authorities: Sendable, Hashable {
        /// The authorities of the system's store. OpenSSL's `SSL_CERT_FILE` and `SSL_CERT_DIR` in the environment
        /// replace it.
        case system
        /// The authorities of one PEM file, and no others.
        case file(String)
        /// The authorities of a folder that `openssl rehash` has prepared, and no others.
        case directory(String)
    }

    /// How the server's certificate is verified.
    public enum Verification: Sendable, Hashable {
        /// The issuer has to be trusted, and the server's name is checked.
        case full
        /// The issuer has to be trusted; the name is not checked.
        case issuerOnly
        /// Nothing is checked. Anybody between the two sides can then read and change everything, including passwords.
        case none
    }

    /// The oldest accepted version.
    public enum Version: Sendable, Hashable {
        /// TLS 1.2.
        case tls12
        /// TLS 1.3.
        case tls13
    }

    /// The certificate of this side, for a server that asks for one.
    public struct Identity: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
    {
        /// The path of a PEM file with the certificate, and after it those of its issuers.
        public var certificate: String
        /// The path of a PEM file with its private key.
        public var privateKey: String
        /// The password of the private key, when it has one.
        public var password: String?

        /// An identity in two PEM files, which may be one and the same.
        public init(certificate: String, privateKey: String, password: String? = nil) {
            self.certificate = certificate
            self.privateKey = privateKey
            self.password = password
        }

        /// The path of the certificate.
        public var description: String { "Identity(\(certificate))" }

        /// The same as `description`.
        public var debugDescription: String { description }

        /// The paths, without the password.
        public var customMirror: Mirror {
            Mirror(self, children: ["certificate": certificate, "privateKey": privateKey], displayStyle: .struct)
        }
    }

    /// The accepted issuers of the server's certificate. The default is those that the system trusts.
    public var authorities: Authorities
    /// How the server's certificate is verified. The default is `.full`.
    public var verification: Verification
    /// The certificate of this side. The default is none.
    public var identity: Identity?
    /// The name that is sent to the server (SNI, RFC 6066) and that the certificate has to contain. The default is
    /// `nil`: the host that is connected to. An address is never sent as SNI. Only the certificate's subjectAltName
    /// counts, never its subject. A leading dot or a wildcard is refused.
    public var serverName: String?
    /// The oldest accepted version. The default is 1.2.
    public var minimumVersion: Version

    /// A configuration for TLS. Each property has its documented default.
    public init(
        authorities: Authorities = .system,
        verification: Verification = .full,
        identity: Identity? = nil,
        serverName: String? = nil,
        minimumVersion: Version = .tls12
    ) {
        self.authorities = authorities
        self.verification = verification
        self.identity = identity
        self.serverName = serverName
        self.minimumVersion = minimumVersion
    }

    /// The verification, without the password of a key.
    public var description: String { "RedisTLSConfiguration(\(verification), \(authorities))" }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Nothing, so that `dump` shows no password.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
