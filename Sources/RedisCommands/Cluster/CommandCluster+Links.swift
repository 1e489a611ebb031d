// The links, one for each node that has something to do.
extension CommandCluster {
    /// The link to a node, new if need be.
    func link(to endpoint: RedisEndpoint) throws(RedisError) -> ControlLink {
        if let node = links[endpoint] {
            if !node.isUsed { links[endpoint]?.isUsed = true }
            return node.link
        }
        var configuration = nodeConfiguration
        configuration.endpoint = endpoint
        let limits = configuration.replyLimits.set(by: .replyLimits)
        let link = try ControlLink(configuration, limits: limits, loop: loop)
        links[endpoint] = NodeLink(link: link)
        return link
    }

    /// So many links go to nodes that no shape has named: a server can send commands to ever others.
    private static var mostUnknownNodes: Int { 16 }

    /// Whether a command may go where a server has sent it. For a node that no shape has named, links to others of that
    /// kind are given up that nobody waits for.
    func mayGo(to endpoint: RedisEndpoint) -> Bool {
        if links[endpoint] != nil || known.contains(endpoint) { return true }
        let unknown = links.filter { !known.contains($0.key) }
        guard unknown.count >= Self.mostUnknownNodes else { return true }
        guard let idle = unknown.first(where: { $0.value.link.isIdle })?.key else { return false }
        drop(idle)
        return true
    }

    /// Another shape: what waits may have a node now, and some links have lost theirs.
    func shapeChanged(_ shape: ClusterShape) {
        guard !isClosed else { return }
        let nodes = Dictionary(shape.nodes.map { ($0.endpoint, $0) }) { first, _ in first }
        failures.keep { nodes[$0] != nil }
        for (endpoint, item) in links where nodes[endpoint]?.isHealthy != true {
            let role = nodes[endpoint]?.role
            // A replica that the shape holds for failing may only be new. Nor is a node to be given up that no shape
            // has known yet, because a server has just named it.
            if role == .primary || (role == nil && known.contains(endpoint)) {
                // It may still execute what it was sent; nobody waits for that any longer.
                item.link.lose(RedisError(.connectionLost, "the cluster has given the node up", endpoint: endpoint))
            }
            // What is not written yet can go elsewhere.
            item.link.recall(RedisError(.relocated, "the node is not there any more", endpoint: endpoint))
            if nodes[endpoint] == nil && item.link.isIdle { drop(endpoint) }
        }
        known = Set(nodes.keys)
        for item in exchange(&early, with: []) { dispatch(item) }
        retry(\.waitsForShape)
    }

    /// Closes links that nothing has been asked of for a while, and those to nodes that have left.
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
