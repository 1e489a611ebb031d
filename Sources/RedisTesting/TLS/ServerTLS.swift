/// How a ``RedisServer`` speaks TLS.
public struct ServerTLS: Sendable {
    /// The authority that clients shall trust, and that the server trusts for theirs.
    public var certificates: TestCertificates
    /// What the server shows.
    public var identity: TestCertificates.Identity
    /// Whether the server takes only clients with a certificate of the same authority.
    public var requiresClientCertificate: Bool

    /// TLS with a new authority and a certificate for this machine.
    ///
    /// - Parameter requiresClientCertificate: Whether clients need a certificate too.
    /// - Throws: As ``TestCertificates/init()``.
    public init(requiresClientCertificate: Bool = false) throws(RedisTestingError) {
        let certificates = try TestCertificates()
        self.init(
            certificates: certificates,
            identity: try certificates.issue("server"),
            requiresClientCertificate: requiresClientCertificate
        )
    }

    /// TLS with the given certificate.
    public init(
        certificates: TestCertificates,
        identity: TestCertificates.Identity,
        requiresClientCertificate: Bool = false
    ) {
        self.certificates = certificates
        self.identity = identity
        self.requiresClientCertificate = requiresClientCertificate
    }
}
