import RedisTesting

extension ServerRelease {
    /// The releases that groups of servers are tried with: the one at hand, and the newest of each kind. The others of
    /// those that
    /// `Tools/servers` fetches work as well, and take as long.
    static var forGroups: [ServerRelease] {
        available.filter { release in
            release.isAtLeast(redis: ServerVersion(8), valkey: ServerVersion(9))
                || release.product == .redis && release.version?.major == 7
        }
    }
}
