import RedisCore
import RedisRESP
import TestSupport
import Testing

@Suite("Replies to CLUSTER SHARDS and CLUSTER SLOTS", .tags(.unit))
struct ClusterReplyTests {
    private func reader(isTLS: Bool = false, _ translation: (@Sendable (RedisEndpoint) -> RedisEndpoint)? = nil)
        -> AddressReader
    {
        var configuration = RedisConfiguration()
        if isTLS { configuration.tls = RedisTLSConfiguration() }
        configuration.cluster = RedisClusterConfiguration(seeds: [asked])
        configuration.cluster?.translation = translation
        return AddressReader(configuration)
    }

    private func shards(_ value: RESPValue) -> [ClusterReply.Shard]? {
        try? ClusterReply.shards(value, asked: asked, reader())
    }

    private static let id = "d6d3a6ce7663d6c9c6b5666475f7613fbfdd4991"
    private static let other = "60538aee46145c936e6c34a2b60f2b7e8789a1eb"

    @Test("of a Redis 7.0.15 that knows nobody, over RESP2")
    func redis7Alone() throws {
        let value = try reply(
            "*1\r\n*4\r\n$5\r\nslots\r\n*0\r\n$5\r\nnodes\r\n*1\r\n*14\r\n$2\r\nid\r\n$40\r\n\(Self.id)\r\n$4\r\nport\r\n:27801\r\n$2\r\nip\r\n$0\r\n\r\n$8\r\nendpoint\r\n$0\r\n\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$18\r\nreplication-offset\r\n:0\r\n$6\r\nhealth\r\n$6\r\nonline\r\n"
        )
        let node = ClusterNode(id: Self.id, endpoint: .tcp(host: "seed", port: 27801), role: .primary)
        #expect(shards(value) == [ClusterReply.Shard(slots: [], nodes: [node])])
    }

    @Test("of a Redis 7.0.15 with a replica that is not ready yet, over RESP2")
    func redis7() throws {
        let value = try reply(
            "*1\r\n*4\r\n$5\r\nslots\r\n*4\r\n:0\r\n:5000\r\n:5002\r\n:6000\r\n$5\r\nnodes\r\n*2\r\n*14\r\n$2\r\nid\r\n$40\r\n\(Self.id)\r\n$4\r\nport\r\n:27801\r\n$2\r\nip\r\n$9\r\n127.0.0.1\r\n$8\r\nendpoint\r\n$9\r\n127.0.0.1\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$18\r\nreplication-offset\r\n:0\r\n$6\r\nhealth\r\n$6\r\nonline\r\n*14\r\n$2\r\nid\r\n$40\r\n\(Self.other)\r\n$4\r\nport\r\n:27803\r\n$2\r\nip\r\n$9\r\n127.0.0.1\r\n$8\r\nendpoint\r\n$9\r\n127.0.0.1\r\n$4\r\nrole\r\n$7\r\nreplica\r\n$18\r\nreplication-offset\r\n:0\r\n$6\r\nhealth\r\n$7\r\nloading\r\n"
        )
        let primary = ClusterNode(id: Self.id, endpoint: .tcp(host: "127.0.0.1", port: 27801), role: .primary)
        let replica = ClusterNode(
            id: Self.other,
            endpoint: .tcp(host: "127.0.0.1", port: 27803),
            role: .replica,
            isHealthy: false
        )
        #expect(shards(value) == [ClusterReply.Shard(slots: [0...5000, 5002...6000], nodes: [primary, replica])])
    }

    // Valkey 9.1 tells the shard's own name beside what Redis 8.2 tells.
    @Test(
        "of Redis 8.2.3 and Valkey 9.1.2, over RESP3",
        arguments: ["", "$2\r\nid\r\n$40\r\n1f37f1bce73ab6690b5919e6e1aa5a5260a94f6e\r\n"]
    )
    func resp3(_ more: String) throws {
        let value = try reply(
            "*1\r\n%\(more.isEmpty ? 2 : 3)\r\n$5\r\nslots\r\n*4\r\n:0\r\n:2\r\n:5\r\n:5\r\n$5\r\nnodes\r\n*1\r\n%7\r\n$2\r\nid\r\n$40\r\n\(Self.id)\r\n$4\r\nport\r\n:27821\r\n$2\r\nip\r\n$0\r\n\r\n$8\r\nendpoint\r\n$0\r\n\r\n$4\r\nrole\r\n$6\r\nmaster\r\n$18\r\nreplication-offset\r\n:0\r\n$6\r\nhealth\r\n$6\r\nonline\r\n\(more)"
        )
        let node = ClusterNode(id: Self.id, endpoint: .tcp(host: "seed", port: 27821), role: .primary)
        #expect(shards(value) == [ClusterReply.Shard(slots: [0...2, 5...5], nodes: [node])])
    }

    @Test("are read by key in either protocol, whatever stands beside", arguments: [true, false])
    func byKey(isFlat: Bool) {
        let strange: [(String, RESPValue)] = [("availability-zone", .bulkString("x")), ("new", .array([.null]))]
        let value = RESPValue.array([
            shardEntry([100, 200], [strange + nodeFields("a", 1) + strange], isFlat: isFlat, more: strange),
            shardEntry([0, 99], [nodeFields("b", 2, "replica"), nodeFields("c", 3)], isFlat: isFlat),
        ])
        let drafts = shards(value)
        #expect(drafts?.map(\.slots) == [[0...99], [100...200]])
        #expect(drafts?.map { $0.nodes.map(\.id) } == [["c", "b"], ["a"]])
        #expect(drafts?.map { $0.primary?.id } == ["c", "a"])
    }

    @Test(
        "tell where a node is reached",
        arguments: [
            ([("port", .integer(1)), ("endpoint", .bulkString("e")), ("ip", .bulkString("i"))], false, "e:1"),
            ([("port", .integer(1)), ("ip", .bulkString("i"))], false, "i:1"),
            ([("port", .integer(1)), ("endpoint", .null), ("ip", .bulkString("i"))], false, "seed:1"),
            ([("port", .integer(1)), ("endpoint", .bulkString("")), ("ip", .bulkString("i"))], false, "seed:1"),
            ([("port", .integer(1)), ("endpoint", .bulkString("?")), ("ip", .bulkString("i"))], false, "i:1"),
            ([("port", .integer(1)), ("endpoint", .bulkString("?"))], false, "seed:1"),
            ([("port", .integer(1)), ("tls-port", .integer(2)), ("endpoint", .bulkString("e"))], true, "e:2"),
            ([("port", .integer(1)), ("tls-port", .integer(2)), ("endpoint", .bulkString("e"))], false, "e:1"),
            ([("port", .integer(1)), ("endpoint", .bulkString("e"))], true, "e:1"),
            ([("port", .integer(0)), ("tls-port", .integer(2)), ("endpoint", .bulkString("e"))], false, "e:2"),
            ([("port", .bulkString("7")), ("endpoint", .bulkString("::1"))], false, "[::1]:7"),
            ([("port", .integer(65536)), ("endpoint", .bulkString("e"))], false, nil),
            ([("port", .integer(-1)), ("endpoint", .bulkString("e"))], false, nil),
            ([("endpoint", .bulkString("e"))], false, nil),
            ([("port", .integer(1)), ("endpoint", .bulkString("e\0"))], false, nil),
        ] as [([(String, RESPValue)], Bool, String?)]
    )
    func addresses(_ fields: [(String, RESPValue)], _ isTLS: Bool, _ endpoint: String?) throws {
        let node = [("id", .bulkString("n")), ("role", .bulkString("master"))] + fields
        let value = RESPValue.array([shardEntry([0, 1], [node], isFlat: false)])
        let drafts = try ClusterReply.shards(value, asked: asked, reader(isTLS: isTLS))
        #expect(drafts?.first?.nodes.first?.endpoint.description == endpoint)
    }

    @Test(
        "name a host of 1 to 255 printable characters, or the node is left out",
        arguments: [
            "a b", "a\n", "\u{1b}[2J", "\u{202e}moc.elpmaxe", "\u{e9}", "\u{7f}", " ",
            String(repeating: "h", count: 256),
        ]
    )
    func hosts(_ host: String) throws {
        func first(_ fields: [(String, RESPValue)]) -> RedisEndpoint? {
            let node = [("id", .bulkString("n")), ("role", .bulkString("master")), ("port", .integer(1))] + fields
            let value = RESPValue.array([shardEntry([0, 1], [node], isFlat: false)])
            return shards(value)?.first?.nodes.first?.endpoint
        }
        func slot(_ host: RESPValue, _ id: RESPValue = .bulkString("n")) throws -> RedisEndpoint? {
            let entry = RESPValue.array([.integer(0), .integer(1), .array([host, .integer(1), id])])
            return try ClusterReply.slots(.array([entry]), asked: asked, reader())?.first?.nodes.first?.endpoint
        }
        let bytes = RESPValue.bulkString(RedisBytes(host))
        let good = String(repeating: "h", count: 255)
        #expect(first([("endpoint", bytes)]) == nil)
        #expect(first([("ip", bytes)]) == nil)
        #expect(first([("endpoint", .bulkString("?")), ("ip", bytes)]) == nil)
        #expect(try slot(bytes) == nil)
        #expect(reader().endpoint(moved: "\(host):7", asked: asked) == nil)
        #expect(first([("endpoint", .bulkString(RedisBytes(good)))])?.host == good)
        #expect(try slot(.bulkString(RedisBytes(good)))?.host == good)
        #expect(reader().endpoint(moved: "\(good):7", asked: asked)?.host == good)
        // What is no text at all is not taken for nothing.
        #expect(first([("endpoint", .bulkString(RedisBytes([0xff])))]) == nil)
        #expect(try slot(.bulkString(RedisBytes([0xff]))) == nil)
        // Nor are nodes called so.
        let named = [("id", bytes), ("role", .bulkString("master")), ("port", .integer(1)), ("ip", .bulkString("h"))]
        #expect(shards(.array([shardEntry([0, 1], [named], isFlat: false)])) == [])
        #expect(try slot(.bulkString("h"), bytes) == nil)
    }

    @Test("go through the translation, those of MOVED too")
    func translation() throws {
        let reader = reader { .tcp(host: "nat", port: $0 == .tcp(host: "10.0.0.1", port: 1) ? 1001 : 9) }
        let value = RESPValue.array([shardEntry([0, 1], [nodeFields("a", 1)], isFlat: true)])
        let drafts = try ClusterReply.shards(value, asked: asked, reader)
        #expect(drafts?.first?.nodes.first?.endpoint == .tcp(host: "nat", port: 1001))
        #expect(reader.endpoint(moved: "10.0.0.1:1", asked: asked) == .tcp(host: "nat", port: 1001))
    }

    @Test(
        "MOVED names an address",
        arguments: [
            ("10.0.0.1:7", "10.0.0.1:7"), (":7", "seed:7"), ("?:7", "seed:7"), ("fe80::1:7", "[fe80::1]:7"),
            ("name:7", "name:7"), ("name", nil), ("", nil), ("h:", nil), ("h:0", nil), ("h:99999", nil), ("h:x", nil),
        ]
    )
    func moved(_ text: String, _ endpoint: String?) {
        #expect(reader().endpoint(moved: text, asked: asked)?.description == endpoint)
    }

    @Test("list a failed primary in its place, in a shard of its own, or in both: it counts once, or not")
    func failedPrimary() {
        let failed = nodeFields("old", 1, health: "fail")
        let value = RESPValue.array([
            shardEntry([], [failed], isFlat: true),
            shardEntry([0, 16383], [failed, nodeFields("new", 2), nodeFields("r", 3, "replica")], isFlat: true),
            shardEntry([], [nodeFields("empty", 4)], isFlat: true),
            shardEntry([], [nodeFields("lost", 5, "replica")], isFlat: true),
        ])
        let drafts = shards(value)
        #expect(drafts?.map { $0.nodes.map(\.id) } == [["new", "r", "old"], ["empty"]])
        #expect(drafts?.first?.primary?.id == "new")
    }

    @Test(
        "that are hostile or torn neither trap nor claim what is no slot",
        arguments: [
            [-1, 5], [5, -1], [0, 16384], [16383, 0], [.min, .max], [.max, .min], [3], [1, 2, 3], [16384, 16384],
        ]
    )
    func hostileSlots(_ slots: [Int]) {
        let drafts = shards(.array([shardEntry(slots, [nodeFields("a", 1)], isFlat: true)]))
        let expected: [ClosedRange<Int>] = slots == [1, 2, 3] ? [1...2] : []
        #expect(drafts?.map(\.slots) == [expected])
    }

    @Test("that are something else are no topology")
    func otherForms() throws {
        let noNodes = RESPValue.array([.map([])])
        for value: RESPValue in [.null, .integer(1), .bulkString("x"), .map([]), noNodes, .array([.integer(1)])] {
            #expect(shards(value) == nil)
            #expect(try ClusterReply.slots(value, asked: asked, reader()) == nil)
        }
        let nameless = RESPValue.array([shardEntry([0, 1], [[("port", .integer(1))], []], isFlat: false)])
        #expect(shards(nameless) == [])
        #expect(shards(.array([])) == [])
    }

    @Test(
        "with thousands of ranges, of shards and of nodes are read in no time",
        .tags(.timing),
        .timeLimit(.minutes(1))
    )
    func many() throws {
        let odd = stride(from: 1, to: 16384, by: 2).flatMap { [$0, $0] }
        let overlapping = [Int](repeating: 0, count: 20_000).enumerated().map {
            $0.offset.isMultiple(of: 2) ? 0 : 16383
        }
        let reply = RESPValue.array(
            [shardEntry(odd, [nodeFields("a", 1)], isFlat: true)]
                + (0..<4000).map { shardEntry(overlapping.suffix(4), [nodeFields("n\($0)", 2)], isFlat: true) }
                + [shardEntry(overlapping, [nodeFields("b", 3)], isFlat: true)]
        )
        let drafts = try ClusterReply.shards(reply, asked: asked, reader(), most: 4096)
        #expect(drafts?.count == 4002)
        let shape = ClusterShape(
            shards: (drafts ?? []).enumerated().map { .init(id: $0, slots: $1.slots, nodes: $1.nodes) }
        )
        #expect(shape.slotCount == 16384)
    }

    @Test("of CLUSTER SLOTS, as Redis 6.2.14 and 7.0.15 send them")
    func slots() throws {
        let old = try reply(
            "*2\r\n*3\r\n:0\r\n:2\r\n*3\r\n$0\r\n\r\n:27821\r\n$40\r\n\(Self.id)\r\n*3\r\n:5\r\n:5\r\n*3\r\n$0\r\n\r\n:27821\r\n$40\r\n\(Self.id)\r\n"
        )
        let node = ClusterNode(id: Self.id, endpoint: .tcp(host: "seed", port: 27821), role: .primary)
        #expect(
            try ClusterReply.slots(old, asked: asked, reader()) == [
                ClusterReply.Shard(slots: [0...2, 5...5], nodes: [node])
            ]
        )
        // A host that is not told, and metadata.
        let new = try reply(
            "*1\r\n*4\r\n:0\r\n:5000\r\n*4\r\n$-1\r\n:27801\r\n$40\r\n\(Self.id)\r\n*2\r\n$2\r\nip\r\n$9\r\n127.0.0.1\r\n*4\r\n$1\r\n?\r\n:27803\r\n$40\r\n\(Self.other)\r\n*2\r\n$2\r\nip\r\n$9\r\n127.0.0.1\r\n"
        )
        let drafts = try ClusterReply.slots(new, asked: asked, reader())
        #expect(drafts?.first?.slots == [0...5000])
        #expect(drafts?.first?.nodes.map(\.endpoint.description) == ["seed:27801", "seed:27803"])
        #expect(drafts?.first?.nodes.map(\.role) == [.primary, .replica])
    }

    @Test("of CLUSTER SLOTS that are hostile are passed over, entry by entry")
    func hostileEntries() throws {
        func entry(_ fields: RESPValue...) -> RESPValue { .array(fields) }
        let good = entry(.bulkString("h"), .integer(1), .bulkString("a"))
        let value = RESPValue.array([
            entry(.integer(-1), .integer(5), good), entry(.integer(9), .integer(5), good),
            entry(.integer(0), .integer(1)), entry(.integer(2), .integer(3), .null),
            entry(.integer(4), .integer(5), entry(.bulkString("h")), good),
            entry(.integer(6), .integer(7), good, .integer(3)),
            entry(.integer(8), .integer(9), entry(.bulkString("h"), .integer(2))),
        ])
        let drafts = try ClusterReply.slots(value, asked: asked, reader())
        #expect(drafts?.map(\.slots) == [[6...7], [8...9]])
        #expect(drafts?.map { $0.nodes.map(\.id) } == [["a"], ["h:2"]])
    }

    /// What is thrown when a reply is read that may name three nodes.
    private func refusal(_ read: (Int) throws(RedisError) -> [ClusterReply.Shard]?) -> String? {
        do throws(RedisError) {
            _ = try read(3)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("that name more nodes than the configuration takes are refused as a whole, and the error names the limit")
    func tooMany() {
        let error =
            "seed:7000: command: the answer names more nodes of the cluster than RedisClusterConfiguration.maximumNodes, 3 (rwatch --max-nodes)"
        func node(_ number: Int) -> [(String, RESPValue)] { nodeFields("n\(number)", number) }
        func shards(_ nodes: [Int]...) -> RESPValue {
            .array(nodes.map { shardEntry([], $0.map(node), isFlat: true) })
        }
        for (reply, isRefused) in [
            (shards([1], [2], [3]), false), (shards([1, 2, 3]), false), (shards([1], [2], [3], [4]), true),
            (shards([1, 2], [3, 4]), true), (shards([], [], [], []), true), (shards([1, 1, 1, 1]), true),
        ] {
            let refusal = refusal { most throws(RedisError) in
                try ClusterReply.shards(reply, asked: asked, reader(), most: most)
            }
            #expect(refusal == (isRefused ? error : nil))
        }
        func range(_ slot: Int, _ nodes: Int...) -> RESPValue {
            .array(
                [.integer(slot), .integer(slot)]
                    + nodes.map { .array([.bulkString("h"), .integer($0), .bulkString(RedisBytes("n\($0)"))]) }
            )
        }
        for (reply, isRefused) in [
            ([range(0, 1, 2), range(1, 1, 3), range(2, 1, 2)], false), ([range(0, 1), range(1, 2, 3, 4)], true),
            ([range(0, 1, 1, 1, 1)], true), ((1...4).map { range($0, $0) }, true),
        ] {
            let refusal = refusal { most throws(RedisError) in
                try ClusterReply.slots(.array(reply), asked: asked, reader(), most: most)
            }
            #expect(refusal == (isRefused ? error : nil))
        }
    }
}
