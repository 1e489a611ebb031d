/// What one Sentinel tells of a primary that it watches.
package struct SentinelReply: Sendable, Equatable {
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

    /// Reads the replies to `SentinelQuery.commands`, in their order.
    ///
    /// The address is that of GET-MASTER-ADDR-BY-NAME: while a failover is being finished, its leader has the new epoch
    /// in the reply to MASTER already, but beside the old address. The epoch is not known to whoever may not ask for
    /// MASTER.
    ///
    /// - Parameters:
    ///   - replies: The replies.
    ///   - most: How many Sentinels, and how many replicas, may be named.
    /// - Throws: What the Sentinel, or the connection to it, failed with; `.noServer` when it watches nothing by that
    ///   name;
    ///   `.unexpectedReply`; `.limitExceeded`.
    package init(
        _ replies: [Result<RESPValue, RedisError>],
        most: Int = RedisSentinelConfiguration(sentinels: [], name: "").maximumInstances
    ) throws(RedisError) {
        func value(_ index: Int) -> RESPValue? {
            index < replies.count ? try? replies[index].get() : nil
        }
        let primary = Self.fields(value(1))
        let endpoint: RedisEndpoint?
        switch replies.first {
        case .success(.null):
            throw RedisError(.noServer, "does not know that name", phase: .command)
        case .success(let reply):
            let parts = reply.elements ?? []
            endpoint = parts.count == 2 ? RedisEndpoint(sentinelHost: parts[0].text, port: parts[1].text) : nil
        case .failure(let error):
            endpoint = RedisEndpoint(sentinelFields: primary)
            if endpoint == nil { throw error }
        case nil: endpoint = nil
        }
        guard let endpoint else {
            throw RedisError(.unexpectedReply, "no address in the reply", phase: .command)
        }
        guard [3, 4].allSatisfy({ value($0)?.elements?.count ?? 0 <= most }) else {
            let text = "it names more instances than SentinelConfiguration.maximumInstances, \(most)"
            throw RedisError(.limitExceeded, text, phase: .command)
        }
        self.init(
            id: value(2)?.bytes?.plainText(upTo: 64)?.sentinelID,
            primary: endpoint,
            epoch: primary["config-epoch"]?.utf8.decimal() ?? 0,
            peers: Self.peers(value(3)),
            replicas: Self.replicas(value(4))
        )
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

extension RedisEndpoint {
    /// A host and a port as Sentinels write them: the host bare, also an IPv6 address, the port in decimal digits.
    /// `nil` for anything that cannot be connected to.
    init?(sentinelHost host: String?, port: String?) {
        guard let host, let port, AddressReader.isWord(host), (1...5).contains(port.utf8.count),
            port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt16(port), number > 0
        else { return nil }
        self = .tcp(host: host, port: number)
    }

    /// The same, of what SENTINEL tells of an instance.
    init?(sentinelFields fields: [String: String]) { self.init(sentinelHost: fields["ip"], port: fields["port"]) }
}
