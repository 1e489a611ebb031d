import RedisCore
import RedisRESP
import Testing

/// A reply, from the bytes that a server sends.
func reply(_ text: String) throws -> RESPValue {
    func parse(_ bytes: [UInt8], _ parser: inout FrameParser) throws -> FrameParser.Progress {
        try parser.parse(bytes.span.rawBytes)
    }
    let bytes = Array(text.utf8)
    var parser = FrameParser(limits: RedisFrameLimits())
    let progress = try parse(bytes, &parser)
    #expect(progress == .frame(byteCount: bytes.count))
    return RESPValue(Frame(bytes: bytes.span.rawBytes, nodes: parser.frameNodes))
}

/// One shard of CLUSTER SHARDS, in either protocol's form.
func shardEntry(_ slots: [Int], _ nodes: [[(String, RESPValue)]], isFlat: Bool, more: [(String, RESPValue)] = [])
    -> RESPValue
{
    func map(_ fields: [(String, RESPValue)]) -> RESPValue {
        isFlat
            ? .array(fields.flatMap { [.bulkString(RedisBytes($0.0)), $0.1] })
            : .map(fields.map { RESPValue.Pair(key: .bulkString(RedisBytes($0.0)), value: $0.1) })
    }
    return map(
        more + [("slots", .array(slots.map { .integer($0) })), ("nodes", .array(nodes.map(map)))]
    )
}

/// One node of it.
func nodeFields(
    _ id: String,
    _ port: Int,
    _ role: String = "master",
    ip: String = "10.0.0.1",
    endpoint: RESPValue? = nil,
    health: String = "online"
) -> [(String, RESPValue)] {
    [
        ("id", .bulkString(RedisBytes(id))), ("port", .integer(port)), ("ip", .bulkString(RedisBytes(ip))),
        ("endpoint", endpoint ?? .bulkString(RedisBytes(ip))), ("role", .bulkString(RedisBytes(role))),
        ("replication-offset", .integer(0)), ("health", .bulkString(RedisBytes(health))),
    ]
}

let asked = RedisEndpoint.tcp(host: "seed", port: 7000)

func at(_ port: UInt16) -> RedisEndpoint { .tcp(host: "h", port: port) }

/// `a1` stands for a primary at port 1, `a2r` for a replica at port 2, a `!` behind it for one that is not well.
func node(_ text: String) -> ClusterNode {
    let port = UInt16(text.dropFirst().prefix { $0.isNumber }) ?? 0
    return ClusterNode(
        id: String(text.prefix { $0 != "r" && $0 != "!" }),
        endpoint: at(port),
        role: text.contains("r") ? .replica : .primary,
        isHealthy: !text.contains("!")
    )
}

func draft(_ slots: ClosedRange<Int>?, _ nodes: String...) -> ClusterReply.Shard {
    ClusterReply.Shard(slots: slots.map { [$0] } ?? [], nodes: nodes.map(node))
}

extension ClusterShape {
    /// A first shape.
    init(_ drafts: ClusterReply.Shard...) {
        var id = 1
        self.init(drafts, after: nil, nextID: &id)
    }

    /// The numbers by the primaries' names.
    var ids: [String: Int] {
        Dictionary(shards.map { ($0.primary?.id ?? "?", $0.id) }, uniquingKeysWith: { one, _ in one })
    }
}
