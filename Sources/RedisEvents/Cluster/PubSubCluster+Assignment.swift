// Which link has which shard channels, and which channels no link has.
extension PubSubCluster {
    /// When the unassigned channels are going to be assigned.
    enum Assignment {
        case none
        /// All channels, in the next turn of the loop.
        case inNextTurn
        /// All channels, after a pause.
        case later(ScheduledCall)
    }

    /// The shard whose link has a name. Usually it is the owner of the name's slot.
    func assignedShard(of name: RedisBytes) -> Int? {
        let owner = topology.shape?.shard(ofSlot: HashSlot.slot(of: name))?.id
        if let owner, has(owner, name) { return owner }
        return links.keys.first { $0 != owner && has($0, name) }
    }

    private func has(_ shard: Int, _ name: RedisBytes) -> Bool {
        links[shard]?.session.assumeIsolated { $0.entry(name) != nil } ?? false
    }

    /// Takes back names that a link has given up, as its server or the topology demands. They are assigned again in a
    /// later turn.
    func unassign(
        _ names: [SubscriptionMachine.NameRequest],
        _ loss: GapTracker.Loss?,
        _ error: RedisError,
        from endpoint: RedisEndpoint,
        _ part: ClusterLinkDelegate.Part
    ) {
        guard !isClosed else { return }
        if let line = error.serverMessage {
            if let redirection = ClusterRedirection(line) {
                topology.moved(slot: redirection.slot, to: redirection.address, from: endpoint)
            }
            // The slots of the refused names count. The slot in the server's error may be another one, or missing.
            for slot in Set(names.map { HashSlot.slot(of: $0.name) }) { refusals.add(slot, by: endpoint, at: .now) }
        }
        for request in names {
            var channel = UnassignedChannel(request: request)
            if request.wasSubscribed { channel.loss = loss }
            if case .shard(let shard) = part { channel.shard = shard }
            unassigned[request.name] = channel
        }
        // The names still count as subscribed while no link has them.
        shared.get().subscribedNames.add(names.count(where: \.wasSubscribed))
        namesLeft(part)
        switch assignment {
        case .none: break
        case .inNextTurn: return
        case .later(let call): call.cancel()
        }
        assignment = .inNextTurn
        onLoop { $0.assignChannels() }
    }

    /// Adds names that a caller wants and no link has.
    func addUnassigned(_ requests: [SubscriptionMachine.NameRequest]) {
        for var request in requests {
            let ticket = exchange(&request.ticket, with: .none)
            if let waiting = unassigned[request.name] {
                request.waiters = waiting.request.waiters
                request.wasSubscribed = waiting.request.wasSubscribed
                request.lastMessage = waiting.request.lastMessage
            }
            request.waiters.append(ticket)
            unassigned[request.name, default: UnassignedChannel(request: request)].request = request
        }
        start()
        assign(requests.map(\.name))
    }

    /// Assigns each unassigned channel to the link of its slot's owner, where the slot has an owner.
    func assignChannels() {
        if case .later(let call) = assignment { call.cancel() }
        assignment = .none
        assign(Array(unassigned.keys))
    }

    private func assign(_ names: [RedisBytes]) {
        guard !isClosed, !unassigned.isEmpty, let shape = topology.shape else { return }
        let now = ContinuousClock.now
        var assigned: [Int: [UnassignedChannel]] = [:]
        for name in names {
            guard let channel = unassigned[name] else { continue }
            let slot = HashSlot.slot(of: name)
            guard let shard = shape.shard(ofSlot: slot)?.id, mayAssign(slot, to: shard, at: now) else { continue }
            assigned[shard, default: []].append(channel)
            unassigned[name] = nil
        }
        for (shard, channels) in assigned {
            let session = link(to: shard)
            links[shard]?.closing.take()?.cancel()
            session.assumeIsolated {
                $0.assign(channels.map(\.request), UnassignedChannel.loss(of: channels, goingTo: shard, shape))
            }
            // The count is reduced only now, so that the names never seem to be unsubscribed in between.
            shared.get().subscribedNames.add(-channels.count(where: \.request.wasSubscribed))
        }
        guard !unassigned.isEmpty, case .none = assignment else { return }
        topology.refresh(.noServer)
        assignment = .later(
            ScheduledCall(after: SlotRefusals.pause, on: loop) { [weak self] in
                self?.assumeIsolated { $0.assignChannels() }
            }
        )
    }

    /// Whether the slot may be assigned to the shard. A node that has just refused names of the slot would refuse them
    /// again.
    private func mayAssign(_ slot: Int, to shard: Int, at now: ContinuousClock.Instant) -> Bool {
        let node = links[shard]?.session.assumeIsolated { $0.isUp ? $0.endpoint : nil }
        return node.map { refusals.allow(slot, at: $0, now) } ?? true
    }

    /// Forgets a channel that nobody wants any more and that no link has. Its loss is reported here, because no link
    /// will report it.
    func forget(_ name: RedisBytes) {
        let context = shared.get()
        guard let channel = unassigned.removeValue(forKey: name) else {
            return context.dedicatedSubscriptions.forget(.shardChannel, name)
        }
        for waiter in channel.request.waiters { resolve(waiter, name, .failure(.unsubscribedMeanwhile)) }
        if channel.request.handler != 0 { context.sink.release(channel.request.handler) }
        let wasInStream = context.dedicatedSubscriptions.isInStream(.shardChannel, name)
        context.dedicatedSubscriptions.forget(.shardChannel, name)
        guard channel.request.wasSubscribed else { return }
        context.subscribedNames.add(-1)
        if var loss = channel.loss {
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

    /// Fails an unassigned channel that will never be served, and its waiting callers.
    func fail(_ name: RedisBytes, _ error: RedisError) {
        guard let channel = unassigned.removeValue(forKey: name) else { return }
        for waiter in channel.request.waiters { resolve(waiter, name, .failure(error)) }
        if channel.request.wasSubscribed { shared.get().subscribedNames.add(-1) }
        if channel.request.handler != 0 { shared.get().sink.release(channel.request.handler) }
    }

    func resolve(_ ticket: SubscriptionMachine.Ticket, _ name: RedisBytes, _ outcome: Result<Int?, RedisError>) {
        shared.get().calls.resolve(
            ticket,
            PubSub.SubscriptionResult(kind: .shardChannel, name: name, outcome: outcome)
        )
    }
}

extension UnassignedChannel {
    /// The losses of these channels, combined into one.
    static func loss(of channels: [UnassignedChannel], goingTo shard: Int, _ shape: ClusterShape) -> GapTracker.Loss? {
        let lost = channels.compactMap { channel in channel.loss.map { (channel: channel, loss: $0) } }
        guard var whole = lost.map(\.loss).min(by: { $0.lastReceived.monotonic < $1.lastReceived.monotonic }) else {
            return nil
        }
        whole.names = []
        whole.beginnings = [:]
        for (channel, loss) in lost {
            let name = RedisGap.Name(kind: .shardChannel, name: channel.request.name)
            whole.add(name, since: channel.gapBeginning(loss.beginning(of: name), goingTo: shard, shape))
        }
        return whole
    }

    /// Where the gap of this name begins: the last moment at which the name is known to have been at its old place.
    ///
    /// A slot that was handed over from one shard to another belonged to its old owner until then, so each message of
    /// the name shows that the slot was still there. A primary that has failed without knowing it may go on for a while
    /// beside its successor. In that case only the verified topology counts.
    private func gapBeginning(_ known: Moment, goingTo shard: Int, _ shape: ClusterShape) -> Moment {
        guard let lastMessage = request.lastMessage, lastMessage.monotonic > known.monotonic, let from = self.shard,
            from != shard, let node = loss?.cause.node, shape[from]?.primary?.endpoint == node
        else { return known }
        return lastMessage
    }
}
