extension ServerRelease {
    /// Every release of the manifest, in its order, those that cannot be run here included. Read once.
    public static let all: [ServerRelease] = {
        let path = environmentVariable("REDIS_EVENTS_SERVERS") ?? ".build/servers/manifest"
        let releases = parse(FileSystem.readText(path)).map { release in
            guard let executable = release.executable, !isExecutableFile(executable) else { return release }
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
