import RedisTesting

extension ServerRelease {
    /// The releases that clusters are watched with: the one at hand, and the newest of each kind where they are to be
    /// had.
    static var forClusters: [ServerRelease] {
        let all = available.filter { $0.isAtLeast(redis: ServerVersion(7), valkey: ServerVersion(9)) }
        return all.filter { $0.isNewest(of: all) }
    }

    /// Those of them that are newer than the one at hand.
    static var newer: [ServerRelease] { forClusters.filter { $0.version?.major ?? 0 > 7 } }

    /// Whether no other of `releases` is a newer one of the same product and the same first number.
    func isNewest(of releases: [ServerRelease]) -> Bool {
        !releases.contains { other in
            guard other.product == product, let theirs = other.version, let version else { return false }
            return theirs.major == version.major && theirs > version
        }
    }
}
