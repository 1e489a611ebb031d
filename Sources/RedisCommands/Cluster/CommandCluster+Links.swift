// The links, one for each node that is used.
extension CommandCluster {
    /// The link to a node, made if there is none.
    func link(to endpoint: RedisEndpoint) throws(RedisError) -> CommandLink {
        if let node = links[endpoint] {
            if !node.isUsed { links[endpoint]?.isUsed = true }
            return node.link
        }
        var configuration = nodeConfiguration
        configuration.endpoint = endpoint
        let limits = configuration.replyLimits.set(by: .replyLimits)
        let link = try CommandLink(configuration, limits: limits, loop: loop, observer: configuration.commandObserver)
        links[endpoint] = NodeLink(link: link)
        return link
    }

    /// The most links to nodes that are in no shape, because a server can redirect commands to any number of them.
    private static var mostUnknownNodes: Int { 16 }

    /// Whether a command may follow a redirection. For a node that is in no shape, idle links to other such nodes are
    /// closed.
    func mayGo(to endpoint: RedisEndpoint) -> Bool {
        if links[endpoint] != nil || known.contains(endpoint) { return true }
        let unknown = links.filter { !known.contains($0.key) }
        guard unknown.count >= Self.mostUnknownNodes else { return true }
        guard let idle = unknown.first(where: { $0.value.link.isIdle })?.key else { return false }
        drop(idle)
        return true
    }

    /// Handles a new shape: waiting commands may have a node now, and some links have lost theirs.
    func shapeChanged(_ shape: ClusterShape) {
        guard !isClosed else { return }
        let nodes = Dictionary(shape.nodes.map { ($0.endpoint, $0) }) { first, _ in first }
        failures.keep { nodes[$0] != nil }
        for (endpoint, item) in links where nodes[endpoint]?.isHealthy != true {
            let role = nodes[endpoint]?.role
            // A replica that the shape considers failing may just be new. A node that was in no shape yet is not given
            // up either, because a server has just named it.
            if readsReplicas || role == .primary || (role == nil && known.contains(endpoint)) {
                // The node may still execute the commands that it got, but nobody waits any longer.
                item.link.lose(RedisError(.connectionLost, "the cluster has given the node up", endpoint: endpoint))
            }
            // Commands that are not written yet can go elsewhere.
            item.link.recall(RedisError(.relocated, "the node is not there any more", endpoint: endpoint))
            if nodes[endpoint] == nil && item.link.isIdle { drop(endpoint) }
        }
        known = Set(nodes.keys)
        for item in exchange(&early, with: []) { dispatch(item) }
        retry(\.waitsForShape)
    }

    /// Closes links that were unused for a while, and those to nodes that have left.
    func closeUnused() {
        let shape = topology.shape
        for (endpoint, item) in links where item.link.isIdle {
            let hasLeft = shape.map { $0.shard(at: endpoint) == nil } ?? false
            if !item.isUsed || hasLeft { drop(endpoint) }
        }
        for endpoint in links.keys { links[endpoint]?.isUsed = false }
        failures.keep { links[$0] != nil || known.contains($0) }
    }

    private func drop(_ endpoint: RedisEndpoint) {
        links.removeValue(forKey: endpoint)?.link.closeNow()
        failures.forget(endpoint)
    }
}
