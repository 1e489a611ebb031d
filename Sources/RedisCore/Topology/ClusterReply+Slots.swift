internal import RedisRESP

extension ClusterReply {
    /// The reply of CLUSTER SLOTS, for servers before 7.0: ranges with their primary and its replicas, which are put together
    /// by primary. It tells neither health nor shards without slots. `nil` when it has not the form. Throws `.limitExceeded` when
    /// it names more than `most` nodes, however often each.
    package static func slots(
        _ reply: RESPValue,
        asked: RedisEndpoint,
        _ reader: AddressReader,
        most: Int = RedisClusterConfiguration(seeds: []).maximumNodes
    ) throws(RedisError) -> [ShardDraft]? {
        // Each slot may be a range of its own.
        guard let entries = reply.elements, entries.count <= HashSlot.count else { return nil }
        var drafts: [ShardDraft] = []
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
                drafts[place].slots.append(range)
                let known = Set(drafts[place].nodes.map(\.id))
                drafts[place].nodes += nodes.filter { !known.contains($0.id) }
            } else {
                places[primary.id] = drafts.count
                drafts.append(ShardDraft(slots: [range], nodes: nodes))
            }
        }
        for index in drafts.indices { drafts[index].slots = merged(drafts[index].slots) }
        return ShardDraft.cleaned(drafts)
    }

    /// Host, port and, since Redis 4, id; what follows is metadata.
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
