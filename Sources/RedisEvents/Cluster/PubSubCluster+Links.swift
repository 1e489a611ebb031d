// The links, and what happens to them.
extension PubSubCluster {
    /// A link without names is kept for so long: who unsubscribes may subscribe again.
    private static var linger: Duration { .seconds(5) }
    /// How long the topology has to give the names of a live link to another one before it is believed.
    private static var doubt: Duration { .seconds(2) }

    /// The link to a shard, new if need be.
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
        // What the topology has given to others already need not wait for this link.
        onLoop { if let shape = $0.topology.shape { $0.pictureChanged(shape) } }
    }

    func gaveUp(_ error: RedisError, hasServed: Bool, _ part: ClusterLinkDelegate.Part) {
        if hasServed {
            onLoop { if !$0.isClosed { $0.end(error, discarding: false) } }
        } else if case .shard(let shard) = part {
            // The callers have been told; the next one begins anew.
            onLoop { $0.drop(shard) }
        }
    }

    /// Names that have come to it from another link, where they were served, are looked for anew.
    private func drop(_ shard: Int) {
        guard !isClosed, let session = links[shard]?.session, !session.assumeIsolated({ $0.isUp }) else { return }
        session.assumeIsolated { $0.departWhileDown { _ in true } }
        links[shard]?.release?.cancel()
        links[shard] = nil
        session.assumeIsolated { $0.closeNow() }
    }

    /// Names have left a link: it is let go of when it stays without any.
    func namesLeft(_ part: ClusterLinkDelegate.Part) {
        // One timer at a time: names may leave by the thousand.
        guard case .shard(let shard) = part, links[shard] != nil, links[shard]?.release == nil else { return }
        links[shard]?.release = ScheduledCall(after: Self.linger, on: loop) { [weak self] in
            self?.assumeIsolated { $0.releaseIfUnused(shard) }
        }
    }

    private func releaseIfUnused(_ shard: Int) {
        links[shard]?.release = nil
        guard !isClosed, let session = links[shard]?.session else { return }
        guard session.assumeIsolated({ $0.isUnused }) else {
            // Its server owes an answer still.
            if session.assumeIsolated({ $0.shardChannels.isEmpty }) { namesLeft(.shard(shard)) }
            return
        }
        links[shard] = nil
        session.handle(.close(discarding: false))
    }

    /// The topology is another, or a link is down that it may have an answer for.
    func pictureChanged(_ shape: ClusterShape) {
        guard !isClosed else { return }
        for (shard, link) in links {
            link.session.assumeIsolated { session in
                session.departWhileDown { name in
                    guard let owner = shape.shard(ofSlot: HashSlot.slot(of: name)) else { return false }
                    return owner.id != shard
                }
            }
        }
        recheckOwnership(shape)
        place()
    }

    /// A server tells its subscribers when it loses a slot, unless it is cut off from the others and does not know. So a link
    /// that is up is believed rather than the topology, but not for ever.
    private func recheckOwnership(_ shape: ClusterShape) {
        let now = ContinuousClock.now
        var doubted: [Int: ContinuousClock.Instant] = [:]
        for (shard, link) in links {
            let hasOthers = link.session.assumeIsolated { session in
                session.isUp
                    && session.shardChannels.contains { name in
                        let owner = shape.shard(ofSlot: HashSlot.slot(of: name))
                        return owner != nil && owner?.id != shard
                    }
            }
            guard hasOthers else { continue }
            let since = staleLinks[shard] ?? now
            if since.duration(to: now) >= Self.doubt {
                let error = RedisError(.relocated, "other nodes give the slots of this one to another")
                link.session.assumeIsolated { $0.relocate(error) }
            } else {
                doubted[shard] = since
            }
        }
        staleLinks = doubted
        // Also for one that came to be doubted while another was.
        guard !doubted.isEmpty, recheckTimer == nil else { return }
        topology.refresh(.asked)
        recheckTimer = ScheduledCall(after: Self.doubt, on: loop) { [weak self] in
            self?.assumeIsolated { engine in
                engine.recheckTimer = nil
                if let shape = engine.topology.shape, !engine.isClosed { engine.recheckOwnership(shape) }
            }
        }
    }
}
