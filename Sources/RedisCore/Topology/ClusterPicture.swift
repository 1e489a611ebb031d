/// What one server told of the cluster, and how much to make of it.
package struct ClusterPicture: Sendable {
    package var shards: [ShardDraft]
    /// `cluster_current_epoch` of CLUSTER INFO; `nil` when the user may not ask for it.
    package var epoch: Int?
    /// Whether `cluster_state` is ok, as far as the server told.
    package var isOK: Bool
    /// Who told it.
    package var source: RedisEndpoint
    /// When it was asked for.
    package var askedAt: Moment

    package init(shards: [ShardDraft], epoch: Int?, isOK: Bool = true, source: RedisEndpoint, askedAt: Moment) {
        self.shards = shards
        self.epoch = epoch
        self.isOK = isOK
        self.source = source
        self.askedAt = askedAt
    }

    /// Whether anybody serves anything.
    var hasSlots: Bool { shards.contains { !$0.slots.isEmpty } }

    /// What is to be believed sooner where nothing is as it should be.
    func isBetter(than other: ClusterPicture) -> Bool {
        func rank(_ picture: ClusterPicture) -> (Int, Int, Int) {
            let slots = picture.shards.reduce(0) { $0 + $1.slots.reduce(0) { $0 + $1.count } }
            return (picture.epoch ?? 0, picture.isOK ? 1 : 0, slots)
        }
        return rank(self) > rank(other)
    }

    /// Two lines of CLUSTER INFO.
    package static func info(_ text: RedisBytes) -> (epoch: Int?, isOK: Bool) {
        let fields = OutsideFields(text, ["cluster_current_epoch", "cluster_state"])
        return (fields["cluster_current_epoch"]?.decimal(Int.self)?.asCount, fields["cluster_state"] != "fail")
    }
}
