// The links of a cluster, and what happens to them.
extension PubSubCluster {
    /// How long a link without names is kept, because a user who unsubscribes may subscribe again.
    private static var closingPause: Duration { .seconds(5) }
    /// How long the topology has to assign slots of a live link to another shard before it is believed.
    private static var recheckPause: Duration { .seconds(2) }

    /// The link to a shard, made if there is none.
    func link(to shard: Int) -> Session<PubSubDriver> {
        if let link = links[shard] { return link.session }
        let session = Session(
            pubSub: configuration,
            shared.get(),
            discovery: topology.discovery(ofShard: shard, prefers: nodes),
            loop: loop,
            clusterDelegate: ClusterLinkDelegate(.shard(shard), isReplacement: hasServed, cluster: reference)
        )
        if isSuspended { session.handle(.suspend) }
        links[shard] = ClusterLink(session: session)
        return session
    }

    func linkIsReady(_ part: ClusterLinkDelegate.Part) { hasServed = true }

    func linkWasLost(_ part: ClusterLinkDelegate.Part) {
        topology.refresh(.linkLost)
        // Names that the topology has given to other shards already need not wait for this link.
        onLoop { if let shape = $0.topology.shape { $0.topologyChanged(shape) } }
    }

    func gaveUp(_ error: RedisError, hasServed: Bool, _ part: ClusterLinkDelegate.Part) {
        if hasServed {
            onLoop { if !$0.isClosed { $0.end(error, discarding: false) } }
        } else if case .shard(let shard) = part {
            // The callers have got their errors already; the next subscribe makes a new link.
            onLoop { $0.removeLink(to: shard) }
        }
    }

    /// Removes a link. Names that were served on another link before are assigned anew.
    private func removeLink(to shard: Int) {
        guard !isClosed, let session = links[shard]?.session, !session.assumeIsolated({ $0.isUp }) else { return }
        session.assumeIsolated { $0.unassignWhileDown { _ in true } }
        links[shard]?.closing?.cancel()
        links[shard] = nil
        session.assumeIsolated { $0.closeNow() }
    }

    /// Handles that names have left a link. A link that stays without names is closed.
    func namesLeft(_ part: ClusterLinkDelegate.Part) {
        // One timer at a time is enough, because names may leave by the thousand.
        guard case .shard(let shard) = part, links[shard] != nil, links[shard]?.closing == nil else { return }
        links[shard]?.closing = ScheduledCall(after: Self.closingPause, on: loop) { [weak self] in
            self?.assumeIsolated { $0.closeIfUnused(shard) }
        }
    }

    private func closeIfUnused(_ shard: Int) {
        links[shard]?.closing = nil
        guard !isClosed, let session = links[shard]?.session else { return }
        guard session.assumeIsolated({ $0.isUnused }) else {
            // The server still owes a reply.
            if session.assumeIsolated({ $0.shardChannels.isEmpty }) { namesLeft(.shard(shard)) }
            return
        }
        links[shard] = nil
        session.handle(.close(discarding: false))
    }

    /// Handles a changed topology, or a lost link for whose names the topology may have an owner.
    func topologyChanged(_ shape: ClusterShape) {
        guard !isClosed else { return }
        for (shard, link) in links {
            link.session.assumeIsolated { $0.unassignWhileDown { shape.gives($0, toOtherThan: shard) } }
        }
        recheckOwnership(shape)
        assignChannels()
    }

    /// Finds stale links: links that are up although they have names of other shards. A server tells its subscribers
    /// when it loses a slot, unless it is cut off from the other nodes and does not know. So a link that is up is
    /// believed rather than the topology, but not for ever.
    private func recheckOwnership(_ shape: ClusterShape) {
        let now = ContinuousClock.now
        var isAnyStale = false
        for (shard, link) in links {
            let isStale = link.session.assumeIsolated { session in
                session.isUp && session.shardChannels.contains { shape.gives($0, toOtherThan: shard) }
            }
            let since = isStale ? link.staleSince ?? now : nil
            if let since, since.duration(to: now) >= Self.recheckPause {
                links[shard]?.staleSince = nil
                let error = RedisError(.relocated, "other nodes give the slots of this one to another")
                link.session.assumeIsolated { $0.relocate(error) }
            } else {
                links[shard]?.staleSince = since
                if since != nil { isAnyStale = true }
            }
        }
        // The timer also serves a link that became stale while another one was being watched.
        guard isAnyStale, recheckTimer == nil else { return }
        topology.refresh(.asked)
        recheckTimer = ScheduledCall(after: Self.recheckPause, on: loop) { [weak self] in
            self?.assumeIsolated { cluster in
                cluster.recheckTimer = nil
                if let shape = cluster.topology.shape, !cluster.isClosed { cluster.recheckOwnership(shape) }
            }
        }
    }
}

extension ClusterShape {
    /// Whether the topology assigns the slot of a name to another shard.
    fileprivate func gives(_ name: RedisBytes, toOtherThan shard: Int) -> Bool {
        self.shard(ofSlot: HashSlot.slot(of: name)).map { $0.id != shard } ?? false
    }
}
