import RedisTesting

extension ServerRelease {
    /// The releases that groups of servers are tried with: the one at hand, and the newest of each kind. The others of
    /// those that `Tools/servers` fetches work as well, and take as long.
    static var forGroups: [ServerRelease] {
        let all = available.filter { $0.isAtLeast(redis: ServerVersion(7), valkey: ServerVersion(9)) }
        // Of several with the same first number the newest.
        return all.filter { release in
            !all.contains { other in
                guard other.product == release.product, let theirs = other.version, let version = release.version else {
                    return false
                }
                return theirs.major == version.major && theirs > version
            }
        }
    }
}
