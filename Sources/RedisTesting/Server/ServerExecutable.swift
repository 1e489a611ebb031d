/// Finds the server program.
enum ServerExecutable {
    /// The path of the program: of `requested`, of the environment variable `REDIS_SERVER`, or of "redis-server"; a
    /// name without a slash is looked up in `PATH`.
    ///
    /// - Throws: `executableNotFound`, naming what to install.
    static func find(_ requested: String?) throws(RedisTestingError) -> String {
        let name = requested ?? environmentVariable("REDIS_SERVER") ?? "redis-server"
        if name.utf8.contains(UInt8(ascii: "/")) {
            if FileSystem.isExecutable(name) { return name }
        } else if let path = lookUp(name) {
            return path
        }
        throw RedisTestingError(
            .executableNotFound,
            "no program \"\(name)\". Install redis-server (Debian and Ubuntu: apt-get install redis-server; "
                + "Fedora: dnf install redis; Alpine: apk add redis), or set REDIS_SERVER to its path"
        )
    }

    /// The path of the program with that name in `PATH`.
    static func lookUp(_ name: String) -> String? {
        let path = environmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { FileSystem.isExecutable($0) }
    }
}

extension ServerExecutable {
    /// What a server program says of itself: `Redis server v=7.0.15 sha=…`, `Valkey server v=9.1.2 sha=…`.
    ///
    /// - Throws: `startFailed` when it says nothing of the kind within ten seconds.
    static func version(
        of executable: String
    ) throws(RedisTestingError) -> (product: ServerRelease.Product, version: ServerVersion) {
        let folder = try FileSystem.makeTemporaryFolder(prefix: "redis-testing-version-")
        defer { FileSystem.removeTree(folder) }
        let output = "\(folder)/version"
        let (ours, theirs) = try StreamSocket.pair()
        defer { ours.close() }
        let process = try theirs.asInput { input throws(RedisTestingError) in
            try ChildProcess.spawn([executable, "--version"], input: input, outputPath: output)
        }
        if !process.waitForEnd(Deadline(after: .seconds(10))) { process.killAndWait() }
        process.collect()
        let words = FileSystem.readText(output).split(whereSeparator: \.isWhitespace)
        guard let product = words.first.flatMap({ ServerRelease.Product(rawValue: String($0)) }),
            let version = words.first(where: { $0.hasPrefix("v=") }).flatMap({ ServerVersion($0.dropFirst(2)) })
        else { throw RedisTestingError(.startFailed, "\(executable) does not tell its version") }
        return (product, version)
    }
}

/// A server's version, such as 7.0.15. Versions compare by their numbers.
///
/// Redis and Valkey count on from 7.2, each on its own: a Valkey is at least a Redis 7.2, whatever its number.
public struct ServerVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The first number.
    public var major: Int
    /// The second number.
    public var minor: Int
    /// The third number.
    public var patch: Int

    /// A version of the given numbers.
    public init(_ major: Int, _ minor: Int = 0, _ patch: Int = 0) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads a text such as `7.0.15` or `7.2`; `nil` when it is no version.
    public init?(_ text: some StringProtocol) {
        var numbers: [Int] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            guard let number = Int(part), number >= 0, numbers.count < 3 else { return nil }
            numbers.append(number)
        }
        guard let major = numbers.first else { return nil }
        self.init(major, numbers.count > 1 ? numbers[1] : 0, numbers.count > 2 ? numbers[2] : 0)
    }

    /// Whether the left one is the earlier.
    public static func < (lhs: ServerVersion, rhs: ServerVersion) -> Bool {
        (lhs.major, lhs.minor, lhs.patch) < (rhs.major, rhs.minor, rhs.patch)
    }

    /// The numbers with points between, all three.
    public var description: String { "\(major).\(minor).\(patch)" }
}
