import RedisPOSIX

/// A certificate authority of a test, and the certificates that it issues, as PEM files in a temporary folder.
///
/// Made with the program `openssl`; the folder goes with the last reference. Blocks for some milliseconds a
/// certificate.
public final class TestCertificates: Sendable {
    /// A certificate and its private key, as paths of PEM files.
    public struct Identity: Hashable, Sendable {
        /// The path of the certificate.
        public let certificate: String
        /// The path of the private key, which has no password.
        public let privateKey: String
    }

    /// The folder of all the files.
    public let directory: String
    /// The path of the authority's own certificate, for those who shall trust it.
    public var authority: String { "\(directory)/authority.pem" }

    private let program: String

    /// Makes a new authority, valid for two days.
    ///
    /// - Throws: ``RedisTestingError/Code/executableNotFound`` without `openssl`,
    ///   ``RedisTestingError/Code/startFailed`` with its words when it fails.
    public init() throws(RedisTestingError) {
        program = try Self.find()
        directory = try FileSystem.makeTemporaryFolder(prefix: "redis-testing-tls-")
        let subject = ["-subj", "/CN=test authority", "-days", "2"]
        try run(["req", "-x509"] + Self.newKey("\(directory)/authority.key") + subject + ["-out", authority])
    }

    deinit { FileSystem.removeTree(directory) }

    /// Issues a certificate.
    ///
    /// - Parameters:
    ///   - name: The name of its files, and its subject.
    ///   - hosts: Whom it is made out for, in OpenSSL's spelling. By default this machine, by name and by address;
    ///     without any the certificate has no subjectAltName.
    ///   - days: How long it is valid; a negative number makes one that has expired.
    /// - Returns: Where the certificate and its key are.
    /// - Throws: ``RedisTestingError/Code/systemCallFailed`` and similar errors when the program `openssl` is missing
    ///   or fails.
    public func issue(
        _ name: String,
        hosts: [String] = ["DNS:localhost", "IP:127.0.0.1", "IP:::1"],
        days: Int = 2
    ) throws(RedisTestingError) -> Identity {
        let identity = Identity(certificate: "\(directory)/\(name).pem", privateKey: "\(directory)/\(name).key")
        let request = "\(directory)/\(name).request"
        let extensions = "\(directory)/\(name).extensions"
        let names = hosts.isEmpty ? "keyUsage=digitalSignature" : "subjectAltName=\(hosts.joined(separator: ","))"
        try FileSystem.write("\(names)\n", to: extensions)
        try run(["req"] + Self.newKey(identity.privateKey) + ["-subj", "/CN=\(name)", "-out", request])
        try run([
            "x509", "-req", "-in", request, "-CA", authority, "-CAkey", "\(directory)/authority.key",
            "-CAcreateserial", "-days", "\(days)", "-extfile", extensions, "-out", identity.certificate,
        ])
        return identity
    }

    private static func newKey(_ path: String) -> [String] {
        ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path]
    }

    private static func find() throws(RedisTestingError) -> String {
        if let path = ServerExecutable.lookUp("openssl") { return path }
        throw RedisTestingError(.executableNotFound, "no program \"openssl\". Install openssl")
    }

    private func run(_ arguments: [String]) throws(RedisTestingError) {
        let output = "\(directory)/openssl.log"
        let nothing = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let process = try ChildProcess.spawn([program] + arguments, input: nothing, outputPath: output)
        if !process.waitForEnd(Deadline(after: .seconds(20))) { process.killAndWait() }
        let end = process.collect()
        if end != "exited with status 0" {
            throw RedisTestingError(.startFailed, "openssl \(end):\n\(FileSystem.readText(output))")
        }
    }
}
