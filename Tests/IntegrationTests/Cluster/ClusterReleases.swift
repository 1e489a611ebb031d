import RedisTesting

extension ServerRelease {
    /// The releases that clusters are watched with: the one at hand, and the newest of each kind where they are to be
    /// had.
    static var forClusters: [ServerRelease] {
        available.filter { release in
            release.isAtLeast(redis: ServerVersion(8), valkey: ServerVersion(9))
                || release.product == .redis && release.version?.major == 7
        }
    }

    /// Those of them that are newer than the one at hand.
    static var newer: [ServerRelease] { forClusters.filter { $0.version?.major ?? 0 > 7 } }
}
