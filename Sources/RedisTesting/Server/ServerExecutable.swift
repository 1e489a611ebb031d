/// Finds the server program.
enum ServerExecutable {
    /// The path of the program: of `requested`, of the environment variable `REDIS_SERVER`, or of "redis-server"; a
    /// name without a slash is looked up in `PATH`.
    ///
    /// - Throws: `executableNotFound`, naming what to install.
    static func find(_ requested: String?) throws(RedisTestingError) -> String {
        let name = requested ?? environmentVariable("REDIS_SERVER") ?? "redis-server"
        if name.utf8.contains(UInt8(ascii: "/")) {
            if isExecutableFile(name) { return name }
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
        return path.split(separator: ":").map { "\($0)/\(name)" }.first { isExecutableFile($0) }
    }
}
