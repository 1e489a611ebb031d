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
