internal import RedisRESP

// Reads the replies of nodes about their cluster: by key, and only known keys.
extension ClusterReply {
    /// Reads the reply of CLUSTER SHARDS (Redis 7.0), in maps, as in RESP3, or in flat arrays. `nil` when it has
    /// another form. Throws `.limitExceeded` when it contains more than `most` shards or nodes, repetitions included.
    package static func shards(
        _ reply: RESPValue,
        asked: RedisEndpoint,
        _ reader: AddressReader,
        most: Int = RedisClusterConfiguration(seeds: []).maximumNodes
    ) throws(RedisError) -> [Shard]? {
        guard let entries = reply.elements else { return nil }
        guard entries.count <= most else { throw .tooManyNodes(most, asked) }
        var shards: [Shard] = []
        var count = 0
        for entry in entries {
            guard let nodes = entry["nodes"]?.elements else { return nil }
            count += nodes.count
            guard count <= most else { throw .tooManyNodes(most, asked) }
            shards.append(
                Shard(
                    slots: ranges(entry["slots"]?.elements ?? []),
                    nodes: nodes.compactMap { node($0, asked: asked, reader) }
                )
            )
        }
        return Shard.cleaned(shards)
    }

    /// The ranges of a list that contains the first and the last slot of each range.
    private static func ranges(_ numbers: [RESPValue]) -> [ClosedRange<Int>] {
        var ranges: [ClosedRange<Int>] = []
        var first: Int?
        for number in numbers {
            guard let begin = first else {
                first = number.integer ?? -1
                continue
            }
            first = nil
            if let range = range(begin, number.integer) { ranges.append(range) }
        }
        return merged(ranges)
    }

    /// `nil` unless both numbers are slots.
    static func range(_ first: Int?, _ last: Int?) -> ClosedRange<Int>? {
        guard let first, let last, first >= 0, first <= last, last < HashSlot.count else { return nil }
        return first...last
    }

    /// The ranges in ascending order, without repetitions: a server that repeats ranges must not cost more than one
    /// that does not.
    static func merged(_ ranges: [ClosedRange<Int>]) -> [ClosedRange<Int>] {
        var result: [ClosedRange<Int>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    private static func node(_ entry: RESPValue, asked: RedisEndpoint, _ reader: AddressReader) -> ClusterNode? {
        guard let id = entry["id"]?.text, AddressReader.isWord(id) else { return nil }
        let port = reader.port(plain: entry["port"]?.integer, tls: entry["tls-port"]?.integer)
        // A cluster that prefers host names sends "?" for a node that has none. The node's IP address is better than
        // the host that was asked.
        var host = (entry["endpoint"] ?? entry["ip"]).map(AddressReader.host)
        if host == "?" { host = entry["ip"].map(AddressReader.host) }
        guard let endpoint = reader.endpoint(host: host, port: port, asked: asked) else { return nil }
        let role: ClusterNode.Role = entry["role"]?.text == "master" ? .primary : .replica
        let health = entry["health"]?.text
        return ClusterNode(id: id, endpoint: endpoint, role: role, isHealthy: health == nil || health == "online")
    }
}

extension RedisError {
    static func tooManyNodes(_ most: Int, _ endpoint: RedisEndpoint) -> RedisError {
        let limit = "RedisClusterConfiguration.maximumNodes, \(most) (rwatch --max-nodes)"
        let text = "the answer names more nodes of the cluster than \(limit)"
        return RedisError(.limitExceeded, text, endpoint: endpoint, phase: .command)
    }
}

extension ClusterReply {
    /// Reads the reply of CLUSTER SLOTS, for servers before 7.0: ranges with their primary and its replicas, which are
    /// combined by primary. It contains neither health nor shards without slots. `nil` when it has another form. Throws
    /// `.limitExceeded` when it contains more than `most` nodes, repetitions not counted.
    package static func slots(
        _ reply: RESPValue,
        asked: RedisEndpoint,
        _ reader: AddressReader,
        most: Int = RedisClusterConfiguration(seeds: []).maximumNodes
    ) throws(RedisError) -> [Shard]? {
        // Each slot may be a range of its own.
        guard let entries = reply.elements, entries.count <= HashSlot.count else { return nil }
        var shards: [Shard] = []
        var places: [String: Int] = [:]
        var named: Set<String> = []
        for entry in entries {
            guard let fields = entry.elements, fields.count >= 2 else { return nil }
            guard let range = range(fields[0].integer, fields[1].integer) else { continue }
            guard fields.count - 2 <= most else { throw .tooManyNodes(most, asked) }
            let nodes = fields.dropFirst(2).enumerated().compactMap { position, node in
                slotNode(node, position == 0 ? .primary : .replica, asked: asked, reader)
            }
            for node in nodes { named.insert(node.id) }
            guard named.count <= most else { throw .tooManyNodes(most, asked) }
            guard let primary = nodes.first, primary.role == .primary else { continue }
            if let place = places[primary.id] {
                shards[place].slots.append(range)
                let known = Set(shards[place].nodes.map(\.id))
                shards[place].nodes += nodes.filter { !known.contains($0.id) }
            } else {
                places[primary.id] = shards.count
                shards.append(Shard(slots: [range], nodes: nodes))
            }
        }
        for index in shards.indices { shards[index].slots = merged(shards[index].slots) }
        return Shard.cleaned(shards)
    }

    /// Reads host, port and, since Redis 4, ID. The rest is metadata.
    private static func slotNode(
        _ entry: RESPValue,
        _ role: ClusterNode.Role,
        asked: RedisEndpoint,
        _ reader: AddressReader
    ) -> ClusterNode? {
        guard let fields = entry.elements, fields.count >= 2 else { return nil }
        guard let endpoint = reader.endpoint(host: AddressReader.host(fields[0]), port: fields[1].integer, asked: asked)
        else { return nil }
        let id = fields.count > 2 ? fields[2].text : nil
        guard id.map(AddressReader.isWord) ?? true else { return nil }
        return ClusterNode(id: id ?? endpoint.description, endpoint: endpoint, role: role)
    }
}
