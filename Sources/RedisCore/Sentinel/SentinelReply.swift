/// The reply of one Sentinel about a primary that it watches.
package struct SentinelReply: Sendable, Equatable {
    /// Another Sentinel that this one knows.
    package struct Peer: Sendable, Equatable {
        package var id: String?
        package var endpoint: RedisEndpoint

        package init(id: String?, endpoint: RedisEndpoint) {
            self.id = id
            self.endpoint = endpoint
        }
    }

    /// The Sentinel's own ID, which shows whether two addresses belong to the same Sentinel; `nil` before 6.2.
    package var id: String?
    package var primary: RedisEndpoint
    /// The number of failovers. A Sentinel with a higher epoch knows of failovers that one with a lower epoch has
    /// missed. 0 if the user may not ask for it.
    package var epoch: UInt64
    package var peers: [Peer] = []
    /// The replicas that the Sentinel considers healthy.
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
    /// The address is that of GET-MASTER-ADDR-BY-NAME. While a failover is being finished, its leader already has the
    /// new epoch in the reply to MASTER, but together with the old address. The epoch is unknown if the user may not
    /// ask for MASTER.
    ///
    /// - Parameters:
    ///   - replies: The replies.
    ///   - most: How many Sentinels, and how many replicas, may be named.
    /// - Throws: The error of the Sentinel or of the connection to it; `.noServer` when it watches nothing by that
    ///   name; `.unexpectedReply`; `.limitExceeded`.
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
            let text = "it names more instances than RedisSentinelConfiguration.maximumInstances, \(most)"
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

    /// The healthy replicas in the reply to SENTINEL REPLICAS.
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

    /// The fields that are used, and the most bytes of their values.
    private static let fields: Set<RedisBytes> = [
        "ip", "port", "runid", "flags", "master-link-status", "config-epoch",
    ]
    private static let longestField = 1024

    /// The fields of an instance: a map in RESP3, a flat array in RESP2. All values are printable ASCII.
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
    /// The ID of a Sentinel, unless it is empty, as for a Sentinel that was never reached, or not valid.
    var sentinelID: String? { (1...64).contains(utf8.count) ? self : nil }
}

extension RedisEndpoint {
    /// A host and a port as Sentinels send them: the host without brackets, even for an IPv6 address, and the port in
    /// decimal digits. `nil` for anything that cannot be connected to.
    init?(sentinelHost host: String?, port: String?) {
        guard let host, let port, AddressReader.isWord(host), (1...5).contains(port.utf8.count),
            port.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt16(port), number > 0
        else { return nil }
        self = .tcp(host: host, port: number)
    }

    /// The host and the port in the fields of an instance.
    init?(sentinelFields fields: [String: String]) { self.init(sentinelHost: fields["ip"], port: fields["port"]) }
}
