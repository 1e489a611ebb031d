/// What the Sentinels say together.
package struct SentinelVerdict: Sendable, Equatable {
    package var primary: RedisEndpoint
    package var epoch: UInt64
    /// Whether more than half of those that are known have answered.
    package var isByMajority: Bool
    /// How many of those that know best hold a replica for healthy.
    package var replicas: [RedisEndpoint: Int] = [:]

    package init(primary: RedisEndpoint, epoch: UInt64, isByMajority: Bool, replicas: [RedisEndpoint: Int] = [:]) {
        self.primary = primary
        self.epoch = epoch
        self.isByMajority = isByMajority
        self.replicas = replicas
    }

    /// A replica that most hold for healthy, another than `failed` where there is one. `random` is uniform in 0..<1.
    package func replica(avoiding failed: RedisEndpoint?, random: Double) -> RedisEndpoint? {
        let others = replicas.filter { $0.key != failed && $0.key != primary }
        let candidates = others.isEmpty ? replicas.filter { $0.key != primary } : others
        guard let most = candidates.values.max() else { return nil }
        let best = candidates.filter { $0.value == most }.keys.sorted { $0.description < $1.description }
        return best[min(Int(random * Double(best.count)), best.count - 1)]
    }
}
