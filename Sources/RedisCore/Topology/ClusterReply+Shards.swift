internal import RedisRESP

/// Reads what servers tell of their cluster: by key, and only what is known.
package enum ClusterReply {
    /// The reply of CLUSTER SHARDS (Redis 7.0), in maps as RESP3 sends them or in flat arrays. `nil` when it has not the form. Throws
    /// `.limitExceeded` when it names more than `most` shards or nodes, each as often as it stands there.
    package static func shards(
        _ reply: RESPValue,
        asked: RedisEndpoint,
        _ reader: AddressReader,
        most: Int = RedisClusterConfiguration(seeds: []).maximumNodes
    ) throws(RedisError) -> [ShardDraft]? {
        guard let entries = reply.elements else { return nil }
        guard entries.count <= most else { throw .tooManyNodes(most, asked) }
        var drafts: [ShardDraft] = []
        var count = 0
        for entry in entries {
            guard let nodes = entry["nodes"]?.elements else { return nil }
            count += nodes.count
            guard count <= most else { throw .tooManyNodes(most, asked) }
            drafts.append(
                ShardDraft(
                    slots: ranges(entry["slots"]?.elements ?? []),
                    nodes: nodes.compactMap { node($0, asked: asked, reader) }
                )
            )
        }
        return ShardDraft.cleaned(drafts)
    }

    /// First and last of each range, one after the other.
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

    /// `nil` unless all of it are slots.
    static func range(_ first: Int?, _ last: Int?) -> ClosedRange<Int>? {
        guard let first, let last, first >= 0, first <= last, last < HashSlot.count else { return nil }
        return first...last
    }

    /// In ascending order, and none twice: a server that repeats itself must not cost more than one that does not.
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
        // A cluster that prefers host names says "?" of a node that has none; its address is better than the host asked.
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
        let limit = "ClusterConfiguration.maximumNodes, \(most) (rwatch --max-nodes)"
        let text = "the answer names more nodes of the cluster than \(limit)"
        return RedisError(.limitExceeded, text, endpoint: endpoint, phase: .command)
    }
}
