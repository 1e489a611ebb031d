/// One release of a server that tests can run against.
///
/// ```swift
/// @Test(arguments: ServerRelease.available)
/// func works(_ release: ServerRelease) async throws {
///     try await withRedisServer(release.options()) { server in … }
/// }
/// ```
///
/// A manifest lists the releases: the file that the environment variable `REDIS_EVENTS_SERVERS` names, else
/// `.build/servers/manifest` under the working folder. Without a manifest it is the installed server alone. A line of
/// it holds, with tabs between, the product's name, the version, `ready` or `missing`, and the program's path or why
/// there is none.
public struct ServerRelease: Sendable, Hashable, CustomStringConvertible {
    /// Who makes the server.
    public enum Product: String, Sendable, Hashable {
        /// Redis.
        case redis = "Redis"
        /// Valkey, which went its own way from Redis 7.2 on.
        case valkey = "Valkey"
    }

    /// Whether the release can be run here.
    public enum Availability: Sendable, Hashable {
        /// It can: the path of its program.
        case ready(executable: String)
        /// It cannot, and why.
        case missing(reason: String)
    }

    /// Who makes it.
    public var product: Product
    /// Its version; `nil` for a server that is not there and of which it is not known.
    public var version: ServerVersion?
    /// Whether it can be run here.
    public var availability: Availability

    /// A release.
    ///
    /// - Parameters:
    ///   - product: Who makes it.
    ///   - version: Its version.
    ///   - availability: Whether it can be run here.
    public init(product: Product, version: ServerVersion?, availability: Availability) {
        self.product = product
        self.version = version
        self.availability = availability
    }

    /// For example `Valkey 9.1.2`.
    public var name: String { "\(product.rawValue) \(version?.description ?? "of unknown version")" }

    /// The path of its program; `nil` when it cannot be run here.
    public var executable: String? {
        if case .ready(let executable) = availability { return executable }
        return nil
    }

    /// Why it cannot be run here; `nil` when it can.
    public var missingReason: String? {
        if case .missing(let reason) = availability { return reason }
        return nil
    }

    /// The name.
    public var description: String { name }

    /// Options that start this release.
    ///
    /// - Parameter options: What else the options are to say; its `executable` is replaced.
    /// - Returns: The options with the release's executable.
    /// - Throws: ``RedisTestingError/Code/executableNotFound``, by name and with the reason, when it cannot be run
    ///   here.
    public func options(_ options: RedisServerOptions = .init()) throws(RedisTestingError) -> RedisServerOptions {
        guard let executable else {
            throw RedisTestingError(.executableNotFound, "\(name) is not available: \(missingReason ?? "")")
        }
        var options = options
        options.executable = executable
        return options
    }

    /// Whether it does what Redis does since `redis`, and Valkey since `valkey`; every Valkey when that is left out,
    /// because its first release has all of Redis 7.2.
    ///
    /// - Parameters:
    ///   - redis: The first Redis with it; `nil` when there is none.
    ///   - valkey: The first Valkey with it.
    /// - Returns: Whether the release is that new; `false` when its version is not known.
    public func isAtLeast(redis: ServerVersion?, valkey: ServerVersion = ServerVersion(0)) -> Bool {
        guard let version else { return false }
        switch product {
        case .redis: return redis.map { version >= $0 } ?? false
        case .valkey: return version >= valkey
        }
    }
}

extension ServerRelease {
    /// Every release of the manifest, in its order, those that cannot be run here included. Read once.
    public static let all: [ServerRelease] = {
        let path = environmentVariable("REDIS_EVENTS_SERVERS") ?? ".build/servers/manifest"
        let releases = parse(FileSystem.readText(path)).map { release in
            guard let executable = release.executable, !FileSystem.isExecutable(executable) else { return release }
            var release = release
            release.availability = .missing(reason: "its program is gone; run Tools/servers")
            return release
        }
        return releases.isEmpty ? [installed] : releases
    }()

    /// Those of ``all`` that can be run here.
    public static var available: [ServerRelease] { all.filter { $0.executable != nil } }

    /// Those of ``all`` that cannot.
    public static var missing: [ServerRelease] { all.filter { $0.executable == nil } }

    /// The releases that the lines of a manifest name. A line of another form is passed over.
    package static func parse(_ manifest: String) -> [ServerRelease] {
        manifest.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: "\t", maxSplits: 3, omittingEmptySubsequences: false)
            guard fields.count == 4, let product = Product(rawValue: String(fields[0])) else { return nil }
            let detail = String(fields[3])
            let isReady = fields[2] == "ready"
            guard isReady || fields[2] == "missing" else { return nil }
            return ServerRelease(
                product: product,
                version: ServerVersion(fields[1]),
                availability: isReady ? .ready(executable: detail) : .missing(reason: detail)
            )
        }
    }

    /// The server that is started when no other is asked for, by what it says of itself.
    private static var installed: ServerRelease {
        do throws(RedisTestingError) {
            let executable = try ServerExecutable.find(nil)
            let (product, version) = try ServerExecutable.version(of: executable)
            return ServerRelease(product: product, version: version, availability: .ready(executable: executable))
        } catch {
            return ServerRelease(product: .redis, version: nil, availability: .missing(reason: error.message))
        }
    }
}
