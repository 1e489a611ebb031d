import RedisCore
import RedisRESP

/// Whatever a server tells of its cluster, in the form of CLUSTER SHARDS or of CLUSTER SLOTS, a shape that comes of it
/// is one that can be lived with; and told again it is the same.
///
/// Input: replies, one after the other, each gives a shape after the one before.
enum TopologyProperty {
    private static let asked = RedisEndpoint.tcp(host: "asked", port: 7000)

    static func check(_ input: [UInt8]) throws(Broken) {
        var reader = StreamReader(
            limits: RedisFrameLimits(depth: 8, elements: 4096, bulkLength: 4096, frameLength: 65536)
        )
        try reader.read(input[...])
        var configuration = RedisConfiguration()
        let plain = AddressReader(configuration)
        configuration.tls = RedisTLSConfiguration()
        let secure = AddressReader(configuration)
        var shape: ClusterShape?
        var nextID = 1
        for value in reader.values {
            for addresses in [plain, secure] {
                for drafts in [
                    try? ClusterReply.shards(value, asked: asked, addresses),
                    try? ClusterReply.slots(value, asked: asked, addresses),
                ] {
                    guard let drafts = drafts ?? nil else { continue }
                    let next = ClusterShape(drafts, after: shape, nextID: &nextID)
                    try check(next)
                    try Broken.unless(next.shards.count == drafts.count, "a shard is lost")
                    try Broken.unless(ClusterReply.Shard.cleaned(drafts) == drafts, "what was cleaned is not clean")
                    let numbers = nextID
                    let again = ClusterShape(drafts, after: next, nextID: &nextID)
                    try Broken.unless(again == next && nextID == numbers, "a repeated reply gives another shape")
                    shape = next
                }
            }
        }
    }

    private static func check(_ shape: ClusterShape) throws(Broken) {
        var owned = 0
        try Broken.unless(Set(shape.shards.map(\.id)).count == shape.shards.count, "two shards have one number")
        let names = shape.nodes.map(\.id)
        try Broken.unless(Set(names).count == names.count, "a node stands in two places")
        for shard in shape.shards {
            try Broken.unless(!shard.nodes.isEmpty, "a shard has no nodes")
            try Broken.unless(shape[shard.id] == shard, "a shard is not found by its number")
            var last = -2
            for range in shard.slots {
                try Broken.unless(range.lowerBound > last + 1, "ranges touch, or are out of order")
                try Broken.unless(range.upperBound < HashSlot.count, "there is no such slot")
                last = range.upperBound
                owned += range.count
                for slot in [range.lowerBound, range.upperBound] {
                    try Broken.unless(shape.shard(ofSlot: slot)?.id == shard.id, "a slot has another owner")
                }
            }
        }
        try Broken.unless(owned == shape.slotCount && owned <= HashSlot.count, "slots are counted twice")
    }
}
