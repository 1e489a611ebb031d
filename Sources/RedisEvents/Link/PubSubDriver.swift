/// The driver of a link of a `PubSub`: passes frames to the subscription machine and writes the machine's commands.
/// Messages go through the filters to the router (`deliver`). The driver belongs to the loop, inside its session.
package final class PubSubDriver: LinkDriver {
    var machine: SubscriptionMachine
    let context: PubSubContext
    /// Brings calls to this driver that happen later or on another link.
    let requests: DriverRequests
    /// Connects the driver with the other links of a cluster; `nil` outside of a cluster.
    let clusterDelegate: ClusterLinkDelegate?
    let router: MessageRouter
    package let filters: MessageFilters
    var pings = PingTable()

    private(set) var endpoint: RedisEndpoint
    /// Keeps the number that stands for the endpoint in messages.
    private var nodeHold: NodeHold?
    package private(set) var hasServed: Bool
    private(set) var speaksRESP2 = false
    /// Whether the readers keep the link from being read.
    private(set) var isReadingPaused = false
    private(set) var now = Moment.now()
    /// The number of this link's names that is included in the count of subscribed names.
    private var toldCount = 0
    var retryIsDue = false

    package init(
        configuration: RedisConfiguration,
        context: PubSubContext,
        requests: DriverRequests,
        clusterDelegate: ClusterLinkDelegate? = nil
    ) {
        machine = SubscriptionMachine(
            batchSize: configuration.subscribeBatchSize,
            seed: .random(in: .min ... .max),
            isInCluster: clusterDelegate != nil
        )
        endpoint = configuration.endpoint
        self.context = context
        self.requests = requests
        self.clusterDelegate = clusterDelegate
        hasServed = clusterDelegate?.isReplacement ?? false
        router = MessageRouter(context, requests, clusterDelegate)
        filters = MessageFilters(configuration, context, router, requests, clusterDelegate)
    }

    // MARK: Messages

    var node: NodeNumber { nodeHold?.number ?? .none }

    package func readBegan(at moment: Moment) {
        now = moment
        router.readBegan(at: moment.monotonic)
    }

    package func consumePrefix(at bytes: RawSpan, limits: RedisFrameLimits) -> ConsumedPrefix {
        var run = MessageRun(bytes, limits, at: now.wall, from: node)
        deliver(&run)
        return ConsumedPrefix(byteCount: run.byteCount, largestFrame: run.largestFrame)
    }

    /// The one way of all messages, whether the parser found them or not: through the active filters to the router.
    func deliver(_ run: inout MessageRun) {
        var pass = filters.begin(at: now)
        router.deliver(&run, &pass, machine.tables)
        run.finish()
        filters.end(pass, counts: run.counts)
        if let watch = context.watch {
            watch.received(run.counts[0] + run.counts[1] + run.counts[2], bytes: run.byteCount)
        }
        // Slots move, so for each name it must be known when its last message came on this link.
        let shardChannels = router.shardChannels
        if !shardChannels.isEmpty { machine.tables[.shardChannel].noteMessages(shardChannels, at: now.monotonic) }
    }

    package func readEnded(isDrained: Bool) { router.endTurn(isDrained: isDrained) }

    package var demand: LinkDemand {
        switch router.sink.pressure {
        case .failed: .stop(router.sink.failure ?? .closed)
        // The readers may wait for an outstanding reply. For those to the link's own questions nobody does, and much
        // may stand before them.
        case .full: machine.awaitsReply(besides: PingTable.own) ? .more : .pause
        case .overfull: .pause
        case .none: .more
        }
    }

    package func readingPaused(_ isPaused: Bool) {
        isReadingPaused = isPaused
        router.sink.readingPaused(isPaused)
    }

    // MARK: The link

    package var explainsLosses: Bool { true }
    package var outputBufferClass: OutputBufferLimit.Class { .pubsub }
    /// A message comes once for its channel and once for each pattern, with a name that may be longer than the message.
    package var outputPerInput: Int { 2 * (1 + machine.tables[.pattern].entries.count) }

    /// No blocking command is ever sent on this link.
    package var canSendHeartbeat: Bool { true }

    package func sendHeartbeat(output: inout WriteBuffer) {
        // The reply takes its place in the order and is dropped.
        machine.ping(PingTable.heartbeat)
        output.append { RedisCommand(["PING"]).encode(into: &$0) }
    }

    package func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        hasServed = true
        speaksRESP2 = facts.protocolVersion < 3
        if let server = facts.endpoint, server != endpoint {
            filters.gap.serverChanged()
            endpoint = server
            filters.echoes?.nodeChanged(isReady: false)
        }
        nodeHold = NodeHold(endpoint)
        filters.echoes?.linkReady()
        filters.gap.linkReady(endpoint, at: now)
        let hasGap = filters.gap.isOpen
        let questions = filters.losses.linkReady(facts, outputBufferClass, hasGap: hasGap)
        if !hasGap { filters.losses.perform(questions, self, &output) }
        perform(machine.linkReady(), &output)
        if hasGap { filters.losses.perform(questions, self, &output) }
        filters.probe?.linkReady(self, &output)
        router.endTurn(isDrained: true)
        clusterDelegate?.linkIsReady()
    }

    /// Called when nothing is taken for a repetition any more.
    package func echoWindowEnded() { filters.echoes?.windowEnded(endpoint) }

    package func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {
        now = .now()
        echoWindowEnded()
        filters.gap.linkLost(cause, lastReceived: lastReceived, at: now, machine.subscribedNames { !isProbe($0, $1) })
        filters.losses.linkLost()
        requests.cancel()
        filters.gap.broadcast(.link(.lost(cause, at: now.wall)))
        clusterDelegate?.linkWasLost()
        let lost = RedisError(.connectionLost, cause.description, endpoint: endpoint, phase: .listen)
        for call in machine.outstandingPings { _ = pings.complete(call, .failure(lost)) }
        var nowhere = WriteBuffer()
        let dedicatedSubscriptions = context.dedicatedSubscriptions
        let unwanted = dedicatedSubscriptions.isEmpty ? [] : machine.unwantedNames
        perform(machine.linkLost(), &nowhere)
        if clusterDelegate == nil {
            dedicatedSubscriptions.forgetUnwanted(unlessKnownTo: machine)
        } else {
            // Other links may still have names that are unknown to this one.
            for name in unwanted { dedicatedSubscriptions.forget(name.kind, [name.name], unlessKnownTo: machine) }
        }
        router.endTurn(isDrained: true)
    }

    package func lossIsExplained(_ explanation: (RedisDisconnect) -> RedisDisconnect) {
        filters.gap.explain(explanation)
    }

    /// Notes that the server was the right one at that moment.
    func verified(_ server: RedisEndpoint, at moment: Moment) {
        if server == endpoint { filters.gap.trust(until: moment) }
    }

    /// Goes on as if a link had been lost to `cause` after its last bytes came at `since`.
    func expect(_ cause: RedisDisconnect, since: Moment) {
        hasServed = true
        linkWasLost(cause, lastReceived: since)
    }

    package func willRetry(_ error: RedisError, after delay: Duration) {
        guard hasServed else { return }
        filters.gap.explain { $0.explained(refusal: error) }
        filters.gap.broadcast(.link(.retrying(error, after: delay)))
        router.endTurn(isDrained: true)
    }

    package func gaveUp(_ error: RedisError) {
        failAll(error)
        // The error of a first connect goes to the caller, who may try again. When a link that has served ends, the
        // object ends.
        if let clusterDelegate {
            clusterDelegate.gaveUp(error, hasServed: hasServed)
        } else if hasServed {
            filters.gap.streamEnded()
            context.end(error, discarding: false)
        }
    }

    /// Fails everything that waits for a reply.
    func failAll(_ error: RedisError) {
        var nowhere = WriteBuffer()
        perform(machine.linkLost(), &nowhere)
        perform(machine.gaveUp(error), &nowhere)
        pings.failAll(error)
        if clusterDelegate == nil { context.calls.failAll(error) }
        router.endTurn(isDrained: true)
    }

    // MARK: Actions

    /// Whether this is the channel of the delivery probe.
    func isProbe(_ kind: RedisSubscriptionKind, _ name: RedisBytes) -> Bool {
        filters.probe?.isChannel(kind, name) ?? false
    }

    /// The entry of the delivery probe's channel.
    var probeEntry: NameTable.Entry? { filters.probe.flatMap { machine.entry(.channel, $0.channel) } }

    /// Updates the count of subscribed names.
    func tellCount() {
        let count = machine.subscribedCount - (probeEntry?.isSubscribed == true ? 1 : 0)
        context.subscribedNames.add(count - toldCount)
        toldCount = count
    }

    func perform(_ actions: [SubscriptionMachine.Action], _ output: inout WriteBuffer) {
        for case .unassign(let names, let error) in actions { unassign(names, error) }
        // The count is updated first, because a caller whose promise is completed below may read it at once.
        tellCount()
        filters.losses.notePatterns(machine.tables[.pattern].entries.count)
        for action in actions {
            switch action {
            case .send(let command):
                output.append { command.encode(into: &$0) }
            case .fence:
                output.append { RedisCommand(["PING"]).encode(into: &$0) }
            case .resolve(let ticket, let kind, let name, let outcome):
                context.calls.resolve(ticket, PubSub.SubscriptionResult(kind: kind, name: name, outcome: outcome))
            case .changed(.subscribe, let change):
                if !isProbe(change.kind, change.name) { router.announce(change.kind, change.name, .subscribed(change)) }
            case .changed(.unsubscribe, let change):
                if !isProbe(change.kind, change.name) {
                    router.announce(change.kind, change.name, .unsubscribed(change))
                }
            case .refused(let refusal):
                if !isProbe(refusal.kind, refusal.name) {
                    filters.gap.explain { $0.explained(refusal: refusal.error) }
                }
                router.announce(refusal.kind, refusal.name, .refused(refusal))
                clusterDelegate?.nameWasRefused()
            case .release(let handler):
                router.sink.release(handler)
            case .retryLater:
                if !retryIsDue { requests.retryLater() }
                retryIsDue = true
                clusterDelegate?.wasRefused()
            case .resubscribeLater(let pause):
                requests.resubscribeLater(after: pause)
            case .unassign:
                break
            case .allRestored:
                if filters.gap.isOpen { filters.losses.allRestored(self, &output) }
            }
        }
    }
}
