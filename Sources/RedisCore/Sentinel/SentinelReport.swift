/// What one Sentinel tells of a primary that it watches.
package struct SentinelReport: Sendable, Equatable {
    /// A Sentinel that it knows.
    package struct Peer: Sendable, Equatable {
        package var id: String?
        package var endpoint: RedisEndpoint

        package init(id: String?, endpoint: RedisEndpoint) {
            self.id = id
            self.endpoint = endpoint
        }
    }

    /// The Sentinel's own number, which tells whether two addresses mean the same; unknown before 6.2.
    package var id: String?
    package var primary: RedisEndpoint
    /// Counts the failovers. The higher one knows of what the lower one missed. 0 where it may not be asked for.
    package var epoch: UInt64
    package var peers: [Peer] = []
    /// The replicas that it holds for healthy.
    package var replicas: [RedisEndpoint] = []

    package init(
        id: String? = nil,
        primary: RedisEndpoint,
        epoch: UInt64,
        peers: [Peer] = [],
        replicas: [RedisEndpoint] = []
    ) {
        self.id = id
        self.primary = primary
        self.epoch = epoch
        self.peers = peers
        self.replicas = replicas
    }

    /// The peers in the reply to SENTINEL SENTINELS.
    package static func peers(_ reply: RESPValue?) -> [Peer] {
        instances(reply).compactMap { fields in
            RedisEndpoint(sentinelFields: fields).map { Peer(id: fields["runid"]?.sentinelID, endpoint: $0) }
        }
    }

    /// The healthy ones in the reply to SENTINEL REPLICAS.
    package static func replicas(_ reply: RESPValue?) -> [RedisEndpoint] {
        instances(reply).compactMap { fields in
            let flags = fields["flags", default: ""].utf8.split(separator: UInt8(ascii: ","))
            let isDown = ["s_down", "o_down", "disconnected", "master_down"].contains { word in
                flags.contains { $0.elementsEqual(word.utf8) }
            }
            guard !isDown, fields["master-link-status"] == "ok" else { return nil }
            return RedisEndpoint(sentinelFields: fields)
        }
    }

    /// The fields that are read, and how long what they say may be.
    private static let fields: Set<RedisBytes> = [
        "ip", "port", "runid", "flags", "master-link-status", "config-epoch",
    ]
    private static let longestField = 1024

    /// A map in RESP3, a flat array in RESP2; all values are texts, of printable ASCII.
    package static func fields(_ value: RESPValue?) -> [String: String] {
        var fields: [String: String] = [:]
        for pair in value?.pairs ?? [] {
            guard let key = pair.key.bytes, Self.fields.contains(key) else { continue }
            fields[key.description] = pair.value.bytes?.plainText(upTo: longestField)
        }
        return fields
    }

    private static func instances(_ reply: RESPValue?) -> [[String: String]] {
        (reply?.elements ?? []).map { fields($0) }
    }
}

extension String {
    /// The number of a Sentinel, unless it is empty, as that of one that was never reached, or no number at all.
    var sentinelID: String? { (1...64).contains(utf8.count) ? self : nil }
}
