// Where the shard channels are, and where they go.
extension PubSubCluster {
    /// How long names wait before a node that has sent them away, or a slot without a node, is tried again.
    private static var pause: Duration { .milliseconds(250) }

    /// The link that has a name. Most often it is that of the slot's shard.
    func holder(of name: RedisBytes) -> Int? {
        let likely = topology.shape?.shard(ofSlot: HashSlot.slot(of: name))?.id
        if let likely, has(likely, name) { return likely }
        return links.keys.first { $0 != likely && has($0, name) }
    }

    private func has(_ shard: Int, _ name: RedisBytes) -> Bool {
        links[shard]?.session.assumeIsolated { $0.entry(name) != nil } ?? false
    }

    /// Names have been sent away by their server, or by the topology. They wait until the loop is free for them.
    func departed(
        _ departures: [SubscriptionMachine.Departure],
        _ loss: GapTracker.Loss?,
        _ error: RedisError,
        from endpoint: RedisEndpoint,
        _ part: ClusterLinkDelegate.Part
    ) {
        guard !isClosed else { return }
        let redirection = error.serverMessage.flatMap { ClusterRedirection($0) }
        if let redirection {
            topology.moved(slot: redirection.slot, to: redirection.address, from: endpoint)
        }
        // What counts is what it did not take. The slot that its words name may be another, or none.
        if error.serverMessage != nil {
            for slot in Set(departures.map { HashSlot.slot(of: $0.wish.name) }) { noteRefusal(of: slot, by: endpoint) }
        }
        for departure in departures {
            var name = UnassignedChannel(departure: departure)
            if departure.wasSubscribed { name.loss = loss }
            if case .shard(let shard) = part { name.shard = shard }
            unassigned[departure.wish.name] = name
        }
        // They count on while they are on their way.
        shared.get().subscribedNames.add(departures.count(where: \.wasSubscribed))
        namesLeft(part)
        placeSoon()
    }

    /// A caller wants names that no link has.
    func takeIn(_ wishes: [SubscriptionMachine.Wish]) {
        for var wish in wishes {
            let ticket = exchange(&wish.ticket, with: .none)
            if unassigned[wish.name] == nil {
                unassigned[wish.name] = UnassignedChannel(
                    departure: SubscriptionMachine.Departure(wish: wish, waiters: [], wasSubscribed: false)
                )
            }
            unassigned[wish.name]?.departure.wish = wish
            unassigned[wish.name]?.departure.waiters.append(ticket)
        }
        start()
        place(wishes.map(\.name))
    }

    private func placeSoon() {
        guard !isPlacementDue else { return }
        isPlacementDue = true
        onLoop { engine in
            engine.isPlacementDue = false
            engine.place()
        }
    }

    /// Gives each name without a link to that of its slot's shard, as far as there is one. `some` are those that have come just
    /// now; without them it is all.
    func place(_ some: [RedisBytes]? = nil) {
        guard !isClosed, !unassigned.isEmpty, let shape = topology.shape else { return }
        let now = ContinuousClock.now
        var going: [Int: [UnassignedChannel]] = [:]
        for name in some ?? Array(unassigned.keys) {
            guard let item = unassigned[name] else { continue }
            let slot = HashSlot.slot(of: name)
            guard let shard = shape.shard(ofSlot: slot)?.id, mayGo(slot, to: shard, at: now) else { continue }
            going[shard, default: []].append(item)
            unassigned[name] = nil
        }
        for (shard, items) in going {
            let session = link(to: shard)
            links[shard]?.release?.cancel()
            links[shard]?.release = nil
            session.assumeIsolated {
                $0.arrive(items.map(\.departure), UnassignedChannel.loss(of: items, goingTo: shard, shape))
            }
            // Only now: in between there would seem to be none.
            shared.get().subscribedNames.add(-items.count(where: \.departure.wasSubscribed))
        }
        if some == nil { placement.take()?.cancel() }
        guard !unassigned.isEmpty, placement == nil else { return }
        topology.refresh(.noServer)
        placement = ScheduledCall(after: Self.pause, on: loop) { [weak self] in
            self?.assumeIsolated { engine in
                engine.placement = nil
                engine.place()
            }
        }
    }

    private func noteRefusal(of slot: Int, by endpoint: RedisEndpoint) {
        let now = ContinuousClock.now
        if lastRefusal.duration(to: now) >= Self.pause { refusals = [:] }
        lastRefusal = now
        refusals[slot, default: [:]][endpoint] = now
    }

    /// A node that has just sent names of the slot away would do it again.
    private func mayGo(_ slot: Int, to shard: Int, at now: ContinuousClock.Instant) -> Bool {
        guard let session = links[shard]?.session else { return true }
        let endpoint = session.assumeIsolated { $0.isUp ? $0.endpoint : nil }
        guard let endpoint, let refusedAt = refusals[slot]?[endpoint] else { return true }
        return refusedAt.duration(to: now) >= Self.pause
    }

    /// Nobody wants a waiting name any more. What was missed of it is told, for nobody else will.
    func forget(_ name: RedisBytes) {
        guard let item = unassigned.removeValue(forKey: name) else { return }
        let context = shared.get()
        for waiter in item.departure.waiters { resolve(waiter, name, .failure(.unsubscribedMeanwhile)) }
        if item.departure.wish.handler != 0 { context.sink.release(item.departure.wish.handler) }
        let wasInStream = context.dedicatedSubscriptions.isInStream(.shardChannel, name)
        context.dedicatedSubscriptions.forget(.shardChannel, name)
        guard item.departure.wasSubscribed else { return }
        context.subscribedNames.add(-1)
        if var loss = item.loss {
            loss.names = [RedisGap.Name(kind: .shardChannel, name: name)]
            var tracker = GapTracker()
            tracker.linkLost(loss)
            for gap in tracker.allRestored(at: .now()) { context.sink.event(.gap(gap)) }
        }
        if wasInStream {
            context.sink.event(.unsubscribed(PubSub.SubscriptionChange(kind: .shardChannel, name: name, count: nil)))
        }
        context.sink.turnEnded(isDrained: true)
    }

    /// A waiting name will never be served; its callers are told.
    func fail(_ name: RedisBytes, _ error: RedisError) {
        guard let item = unassigned.removeValue(forKey: name) else { return }
        for waiter in item.departure.waiters { resolve(waiter, name, .failure(error)) }
        if item.departure.wasSubscribed { shared.get().subscribedNames.add(-1) }
        if item.departure.wish.handler != 0 { shared.get().sink.release(item.departure.wish.handler) }
    }

    func resolve(_ ticket: SubscriptionMachine.Ticket, _ name: RedisBytes, _ outcome: Result<Int?, RedisError>) {
        shared.get().calls.resolve(
            ticket,
            PubSub.SubscriptionResult(kind: .shardChannel, name: name, outcome: outcome)
        )
    }
}

extension UnassignedChannel {
    /// What is missed of these names, as one loss.
    static func loss(of items: [UnassignedChannel], goingTo shard: Int, _ shape: ClusterShape) -> GapTracker.Loss? {
        let lost = items.compactMap { item in item.loss.map { (item: item, loss: $0) } }
        guard var whole = lost.map(\.loss).min(by: { $0.lastReceived.monotonic < $1.lastReceived.monotonic }) else {
            return nil
        }
        whole.names = []
        whole.proofs = [:]
        for (item, loss) in lost {
            let name = RedisGap.Name(kind: .shardChannel, name: item.departure.wish.name)
            whole.add(name, since: item.proof(loss.proof(of: name), goingTo: shard, shape))
        }
        return whole
    }

    /// The last moment at which the name is known to have been where it was.
    ///
    /// A slot that was handed over from one shard to another was its old owner's until then, and so each message of the name
    /// proves that it was there. A primary that has failed, and does not know it yet, may go on for a while beside its successor:
    /// there only the cluster's own picture is a proof.
    private func proof(_ known: Moment, goingTo shard: Int, _ shape: ClusterShape) -> Moment {
        guard let lastMessage = departure.lastMessage, lastMessage.monotonic > known.monotonic, let from = self.shard,
            from != shard, let node = loss?.cause.node, shape[from]?.primary?.endpoint == node
        else { return known }
        return lastMessage
    }
}
