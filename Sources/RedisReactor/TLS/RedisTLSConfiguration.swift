/// How a link is secured with TLS.
///
/// By default the server's certificate has to be valid, issued by an authority that the system trusts, and made out for
/// the host that is connected to.
public struct RedisTLSConfiguration: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    /// Who may have issued the server's certificate.
    public enum Authorities: Sendable, Hashable {
        /// Those of the system's store. OpenSSL's `SSL_CERT_FILE` and `SSL_CERT_DIR` in the environment replace it.
        case system
        /// Those of one PEM file, and no others.
        case file(String)
        /// Those of a folder that `openssl rehash` has prepared, and no others.
        case directory(String)
    }

    /// What is asked of the server's certificate.
    public enum Verification: Sendable, Hashable {
        /// A trusted issuer, and the server's name.
        case full
        /// A trusted issuer; any name.
        case issuerOnly
        /// Nothing. Whoever stands between can then read and change everything, passwords too.
        case none
    }

    /// The oldest version that is accepted.
    public enum Version: Sendable, Hashable {
        /// TLS 1.2.
        case tls12
        /// TLS 1.3.
        case tls13
    }

    /// What this side shows to a server that asks for a certificate.
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

    /// Who may have issued the server's certificate. The default is whom the system trusts.
    public var authorities: Authorities
    /// What is asked of the server's certificate. The default is everything.
    public var verification: Verification
    /// What this side shows when it is asked. The default is nothing.
    public var identity: Identity?
    /// The name that is asked for (SNI, RFC 6066) and that the certificate has to bear; `nil`, the default, is the host
    /// that is connected to. An address is never sent as SNI. The certificate's subjectAltName counts, never its
    /// subject; a leading dot or a wildcard is refused here.
    public var serverName: String?
    /// The oldest version that is accepted. The default is 1.2.
    public var minimumVersion: Version

    /// TLS with the default that each property names.
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

    /// What is verified, without the password of a key.
    public var description: String { "TLSConfiguration(\(verification), \(authorities))" }

    /// The same as `description`.
    public var debugDescription: String { description }

    /// Nothing, so that `dump` shows no password.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
