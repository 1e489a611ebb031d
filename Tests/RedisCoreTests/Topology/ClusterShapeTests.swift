import RedisCore
import TestSupport
import Testing

@Suite("The shape of a cluster", .tags(.unit))
struct ClusterShapeTests {
    private let shape = ClusterShape(
        draft(0...99, "a1", "a2r"),
        draft(100...16383, "b3", "b4r"),
        draft(nil, "c5")
    )

    @Test("finds shards by slot, by number and by address")
    func lookup() {
        #expect(shape.shard(ofSlot: 0)?.id == 1)
        #expect(shape.shard(ofSlot: 99)?.id == 1)
        #expect(shape.shard(ofSlot: 100)?.id == 2)
        #expect(shape.shard(ofSlot: 16383)?.id == 2)
        for slot in [-1, 16384, .min, .max] { #expect(shape.shard(ofSlot: slot) == nil) }
        #expect(shape[3]?.primary?.id == "c5")
        #expect(shape[4] == nil)
        #expect(shape.shard(at: at(4))?.id == 2)
        #expect(shape.shard(at: at(9)) == nil)
        #expect(shape.nodes.map(\.id) == ["a1", "a2", "b3", "b4", "c5"])
        #expect(shape[1]?.replicas.map(\.id) == ["a2"])
        #expect(shape.slotCount == 16384)
        #expect(ClusterShape().shard(ofSlot: 0) == nil)
    }

    @Test("gives a slot that two claim to the first, and none to what is no slot")
    func overlaps() {
        let shape = ClusterShape(draft(10...20, "a1"), draft(0...30, "b2"), draft(-5...40000, "c3"))
        #expect(shape[1]?.slots == [10...20])
        #expect(shape[2]?.slots == [0...9, 21...30])
        #expect(shape[3]?.slots == [31...16383])
        #expect(shape == ClusterShape(shards: shape.shards))
    }

    @Test("moves a slot to another shard")
    func move() {
        var moved = shape
        moved.move(slot: 50, toShard: 2)
        #expect(moved.shard(ofSlot: 50)?.id == 2)
        #expect(moved[1]?.slots == [0...49, 51...99])
        #expect(moved[2]?.slots == [50...50, 100...16383])
        #expect(moved != shape)
        moved.move(slot: 50, toShard: 1)
        #expect(moved == shape)
        for (slot, id) in [(-1, 1), (16384, 1), (5, 9)] {
            moved.move(slot: slot, toShard: id)
            #expect(moved == shape)
        }
        var empty = ClusterShape(draft(nil, "a1"))
        empty.move(slot: 7, toShard: 1)
        #expect(empty[1]?.slots == [7...7])
    }

    @Test(
        "keeps the numbers of shards that stay",
        arguments: [
            // The same again, told in another order.
            (
                [draft(100...16383, "b4r", "b3"), draft(nil, "c5"), draft(0...99, "a2r", "a1")],
                ["a1": 1, "b3": 2, "c5": 3]
            ),
            // A failover, with the old primary as a replica, failed, or gone.
            ([draft(0...99, "a2", "a1r"), draft(100...16383, "b3")], ["a2": 1, "b3": 2]),
            ([draft(0...99, "a2", "a1!"), draft(100...16383, "b3")], ["a2": 1, "b3": 2]),
            ([draft(0...99, "a2"), draft(100...16383, "b3")], ["a2": 1, "b3": 2]),
            // The failed primary in a shard of its own, without slots: the shard is where its slots are.
            ([draft(nil, "a1"), draft(0...99, "a2"), draft(100...16383, "b3")], ["a1": 4, "a2": 1, "b3": 2]),
            // A replica that follows another primary does not take the number along.
            ([draft(0...99, "a1"), draft(100...16383, "b3", "b4r", "a2r")], ["a1": 1, "b3": 2]),
            // All slots to another: the empty one is the same still.
            ([draft(nil, "a1", "a2r"), draft(0...16383, "b3", "b4r"), draft(nil, "c5")], ["a1": 1, "b3": 2, "c5": 3]),
            // A new one, and a cluster made anew.
            ([draft(0...99, "a1"), draft(100...16383, "d6")], ["a1": 1, "d6": 4]),
            ([draft(0...16383, "x7"), draft(nil, "y8")], ["x7": 4, "y8": 5]),
        ] as [([ClusterReply.Shard], [String: Int])]
    )
    func identity(_ drafts: [ClusterReply.Shard], _ ids: [String: Int]) {
        var next = 4
        let later = ClusterShape(ClusterReply.Shard.cleaned(drafts), after: shape, nextID: &next)
        #expect(later.ids == ids)
    }
}
