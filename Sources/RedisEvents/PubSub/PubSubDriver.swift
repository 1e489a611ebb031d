/// What a link does for a `PubSub`: reads frames into the subscription machine and the sink, writes the machine's
/// commands. It lives on the loop, inside its session.
final class PubSubDriver: LinkDriver {
    /// Who takes the messages of a name. Immutable and by reference, so that looking at it is one load.
    final class Route {
        let kind: PubSub.Message.Kind
        let name: RedisBytes
        let handler: UInt32
        let inlineHandler: InlineHandler?
        /// Whether the stream or a handler takes them.
        let isInStream: Bool
        /// The private subscriptions that take them.
        let dedicatedSubscriptions: [DedicatedSubscription]
        /// Its place in the table. The table is not changed while the route is kept.
        let index: Int

        init(
            _ kind: PubSub.Message.Kind,
            _ index: Int,
            _ entry: NameTable.Entry,
            _ dedicatedSubscriptions: DedicatedSubscriptionTable
        ) {
            self.kind = kind
            self.index = index
            name = entry.name
            handler = entry.handler
            inlineHandler = entry.inlineHandler
            (self.dedicatedSubscriptions, isInStream) = dedicatedSubscriptions.consumers(
                kind.subscriptionKind,
                entry.name
            )
        }
    }

    var machine: SubscriptionMachine
    private(set) var endpoint: RedisEndpoint
    private(set) var node = NodeNumber.none
    /// Keeps what `node` means.
    private var hold: NodeHold?
    let context: PubSubContext
    // Kept beside it: every message asks for the sink.
    let sink: any PubSubSink
    let subscribedNames: SubscribedNames
    let calls: CallTable
    let dedicatedSubscriptions: DedicatedSubscriptionTable
    /// The link's place in a cluster, if it is one of several.
    let clusterDelegate: ClusterLinkDelegate?
    /// What has to come back to this driver later, or from elsewhere.
    let requests: DriverRequests
    /// The private subscriptions that had something to lose when the link was lost, until the gap is told in full.
    var cut: [ObjectIdentifier: DedicatedSubscription] = [:]
    /// Those that got something in this turn.
    var changedDedicated: [DedicatedSubscription] = []

    var gap = GapTracker() {
        didSet { gapIsOpen = gap.isOpen }
    }
    /// Every message asks.
    private(set) var gapIsOpen = false
    var probe: LossProbe
    let proof: DeliveryProof?
    var probing: ProbeMachine?
    /// The number that the probe's channel brought last, and when.
    var heard: UInt64 = 0
    var heardAt: ContinuousClock.Instant?
    /// For channels, patterns and shard channels.
    var followers = [3 of NameTable.Followers](repeating: NameTable.Followers())
    /// The read that brought the last message.
    var lastEvent: Moment?
    /// Whether the readers keep the link from being read.
    var isReadingPaused = false
    var now = Moment.now()
    /// When the bytes of this turn came, if it began with a read.
    var readAt: ContinuousClock.Instant?
    private var lostAt: Moment?
    /// How many of the subscribed names are this link's, as far as it is told.
    private var toldCount = 0
    var pings: [UInt32: Promise<Void>] = [:]
    var lastPing: UInt32 = 0
    /// As long as all messages go to the stream and none to a handler, they are not looked up.
    private(set) var usesRoutes = false
    /// Where the last message went. Most messages follow one of the same channel.
    private var route: Route?
    var retryIsDue = false
    private(set) var hasServed = false
    private(set) var speaksRESP2 = false
    /// What the server sets, if it was asked.
    private(set) var outputBufferLimit: OutputBufferLimit?
    /// What the server of the link had counted when it was last asked, and the same at the end of the last link.
    var stats: ServerStats?
    private(set) var statsAtLoss: ServerStats?
    /// What this node may repeat of what another one has delivered.
    var echoes: EchoFilter?
    /// The names of what was left out as repeated, and since when.
    var leftOut: Set<RedisGap.Name> = []
    var leftOutSince: Moment?
    /// Whether names have come from another node of the shard while the link was down.
    var isToldOfEchoes = false

    /// The reply to INFO ALL is shorter: it has some lines for each command of the server.
    private static let countersLength = 256 << 10

    init(
        configuration: RedisConfiguration,
        context: PubSubContext,
        requests: DriverRequests,
        clusterDelegate: ClusterLinkDelegate? = nil
    ) {
        proof = configuration.deliveryProbe.map { DeliveryProof($0) }
        // Limits that the reply does not fit into would cost the link.
        let limits = configuration.limits
        let hasRoom = min(limits.bulkLength, limits.frameLength) >= Self.countersLength
        probe = LossProbe(isEnabled: configuration.lossBoundInterval != nil && hasRoom)
        machine = SubscriptionMachine(
            batchSize: configuration.subscribeBatchSize,
            seed: .random(in: .min ... .max),
            isInCluster: clusterDelegate != nil
        )
        endpoint = configuration.endpoint
        self.context = context
        sink = context.sink
        subscribedNames = context.subscribedNames
        calls = context.calls
        dedicatedSubscriptions = context.dedicatedSubscriptions
        self.requests = requests
        self.clusterDelegate = clusterDelegate
        hasServed = clusterDelegate?.isReplacement ?? false
        // Other nodes may have the names of a shard by now.
        usesRoutes = clusterDelegate?.isOfShard ?? false
    }

    /// From now on messages are looked up. (The property is private, so that each look at it goes unchecked.)
    func useRoutes() { usesRoutes = true }

    // MARK: The link

    /// The link stands: what it brings comes from there.
    private func holdNode() {
        let hold = NodeHold(endpoint)
        self.hold = hold
        node = hold.number
    }

    var explainsLosses: Bool { true }
    var outputBufferClass: OutputBufferLimit.Class { .pubsub }
    /// A message comes once to its channel and to each pattern, with a name that may be longer than it is.
    var outputPerInput: Int { 2 * (1 + machine.tables[.pattern].entries.count) }

    /// Nothing that blocks is ever sent here.
    var canSendHeartbeat: Bool { true }

    func sendHeartbeat(output: inout WriteBuffer) {
        // Call 0 is nobody's: the answer takes its place in the order and is dropped.
        machine.ping(OwnCall.heartbeat)
        output.append { RedisCommand(["PING"]).encode(into: &$0) }
    }

    func readBegan(at moment: Moment) {
        now = moment
        readAt = moment.monotonic
        sink.readBegan(at: moment.monotonic)
    }

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        hasServed = true
        speaksRESP2 = facts.protocolVersion < 3
        outputBufferLimit = facts.outputBufferLimits.flatMap { OutputBufferLimit($0, of: outputBufferClass) }
        stats = facts.stats
        if let server = facts.endpoint, server != endpoint {
            gap.serverChanged()
            endpoint = server
            isToldOfEchoes = true
        }
        holdNode()
        if clusterDelegate != nil && isToldOfEchoes { expectEchoes() }
        isToldOfEchoes = false
        if gap.trustedUntil != nil { gap.trustedUntil = now }
        if let lostAt {
            broadcast(.link(.restored(after: lostAt.monotonic.duration(to: now.monotonic), at: endpoint)))
        }
        lostAt = nil
        let questions = probe.linkReady(
            speaksRESP3: facts.protocolVersion == 3,
            hasGap: gapIsOpen,
            runID: facts.runID
        )
        // Before the names when all that comes is to be counted; behind them when all that was missed is.
        if !gapIsOpen { perform(questions, &output) }
        let hadGap = gapIsOpen
        run(machine.linkReady(), &output)
        if hadGap { perform(questions, &output) }
        startProbing(&output)
        endTurn(isDrained: true)
        clusterDelegate?.linkIsReady()
    }

    func lossIsExplained(_ explanation: (RedisDisconnect) -> RedisDisconnect) { gap.explain(explanation) }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let root = frame.nodes[0].kind == .attribute ? frame.root : 0
        let node = frame.nodes[root]
        switch node.kind {
        case .push, .array:
            if try push(frame, root, node.length, &output) { return }
            // RESP2 sends pushes as arrays, RESP3 does not send replies as pushes.
            guard node.kind == .push else { throw unexpected("an array") }
            sink.event(.unknownPush(frame, room: sink.roomForPushes))
        case .simpleError, .bulkError:
            try refused(frame.errorLine(of: node).description, &output)
        case .simpleString, .bulkString, .verbatimString, .integer, .null, .boolean, .double, .bigNumber, .set, .map:
            try answered(RESPValue(frame), &output)
        case .attribute:
            break
        }
    }

    func readEnded(isDrained: Bool) { endTurn(isDrained: isDrained) }

    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {
        now = .now()
        lostAt = now
        echoesEnded()
        statsAtLoss = stats
        gap.linkLost(loss(cause, lastReceived))
        probe.linkLost()
        requests.cancel()
        cutDedicated()
        broadcast(.link(.lost(cause, at: now.wall)))
        let lost = RedisError(.connectionLost, cause.description, endpoint: endpoint, phase: .listen)
        clusterDelegate?.linkWasLost()
        for call in machine.outstandingPings { pings.removeValue(forKey: call)?.complete(.failure(lost)) }
        var nowhere = WriteBuffer()
        let unwanted = unwantedNames
        run(machine.linkLost(), &nowhere)
        forgetLeftNames(unwanted)
        endTurn(isDrained: true)
    }

    /// The server there was the right one at that moment.
    func verified(_ server: RedisEndpoint, at moment: Moment) {
        if server == endpoint { gap.trust(until: moment) }
    }

    /// From now on it is as if a link had been lost to `cause`, over which the last bytes came at `since`.
    func expect(_ cause: RedisDisconnect, since: Moment) {
        hasServed = true
        linkWasLost(cause, lastReceived: since)
    }

    func willRetry(_ error: RedisError, after delay: Duration) {
        guard hasServed else { return }
        gap.explain { $0.explained(refusal: error) }
        broadcast(.link(.retrying(error, after: delay)))
        endTurn(isDrained: true)
    }

    func gaveUp(_ error: RedisError) {
        failAll(error)
        // A first connect that fails is told to the caller, who may try again; the end of a link that served is the end.
        if let clusterDelegate {
            clusterDelegate.gaveUp(error, hasServed: hasServed)
        } else if hasServed {
            recordRest()
            context.end(error, discarding: false)
        }
    }

    func failAll(_ error: RedisError) {
        var nowhere = WriteBuffer()
        run(machine.linkLost(), &nowhere)
        run(machine.gaveUp(error), &nowhere)
        for answer in pings.values { answer.complete(.failure(error)) }
        pings = [:]
        if clusterDelegate == nil { calls.failAll(error) }
        endTurn(isDrained: true)
    }
}

// MARK: - Frames

extension PubSubDriver {
    /// Handles a push of a known kind. Returns whether it was one.
    private func push(_ frame: borrowing Frame, _ root: Int, _ count: Int, _ output: inout WriteBuffer)
        throws(RedisError)
        -> Bool
    {
        let nodes = frame.nodes
        let bytes = frame.bytes
        guard count >= 2, nodes.count == root + count + 1, nodes[root + 1].isText,
            let kind = PushKind(bytes.extracting(nodes[root + 1].range))
        else { return false }
        switch kind {
        case .message(let kind):
            let payload = nodes[root + count]
            let channel = nodes[root + count - 1]
            let pattern = nodes[root + 2]
            guard count == (kind == .pmessage ? 4 : 3), pattern.isText, channel.isText, payload.isText else {
                return false
            }
            deliver(
                PubSub.MessageView(
                    kind: kind,
                    receivedAt: now.wall,
                    node: node,
                    pattern: kind == .pmessage ? bytes.extracting(pattern.range) : RawSpan(),
                    channel: bytes.extracting(channel.range),
                    payload: bytes.extracting(payload.range)
                )
            )
        case .confirmation(let verb, let kind):
            guard count == 3, nodes[root + 2].isText, nodes[root + 3].kind == .integer else { return false }
            try confirmed(verb, kind, bytes.extracting(nodes[root + 2].range), count: nodes[root + 3].length, &output)
        case .pong:
            try answered(.null, &output)
        }
        return true
    }

    func deliver(_ view: borrowing PubSub.MessageView) {
        if let proof, proof.channel.equals(view.channel) { return received(view, of: proof) }
        if clusterDelegate != nil, !isNew(view) { return }
        if gapIsOpen, gapTouches(view) { tell(gap.willDeliver(at: now)) }
        count(view)
        if usesRoutes { deliverByRoute(view) } else { sink.message(view, handler: 0) }
    }

    /// Apart, so that what everything to the stream takes stays as short as it is.
    @inline(never)
    private func deliverByRoute(_ view: borrowing PubSub.MessageView) {
        let name = view.kind == .pmessage ? view.pattern : view.channel
        var route = self.route
        if route?.kind != view.kind || route?.name.equals(name) != true {
            route = findRoute(view.kind, name)
            self.route = route
        }
        guard let route else {
            // Of a name that another node has by now, or nobody wants any more.
            if clusterDelegate?.isOfShard == true { return }
            return sink.message(view, handler: 0)
        }
        // Slots move: of each name it has to be known how long it was here.
        if clusterDelegate != nil, view.kind == .smessage {
            machine.tables[.shardChannel].noteMessage(route.index, at: now.monotonic)
        }
        deliver(view, by: route)
    }

    func deliver(_ view: borrowing PubSub.MessageView, by route: Route) {
        if let inline = route.inlineHandler {
            inline.body(view)
        } else if route.isInStream {
            sink.message(view, handler: route.handler)
        }
        for dedicated in route.dedicatedSubscriptions {
            if dedicated.becomesDirty() { changedDedicated.append(dedicated) }
            dedicated.message(view)
        }
    }

    /// For the bound of a loss. What the server itself publishes it does not count.
    private func count(_ view: borrowing PubSub.MessageView) {
        lastEvent = now
        if view.channel.isKeyspaceName { return }
        switch view.kind {
        case .message: probe.account.received.channelMessages += 1
        case .pmessage: probe.account.received.patternMessages += 1
        case .smessage: probe.account.received.shardMessages += 1
        }
    }

    func findRoute(_ kind: PubSub.Message.Kind, _ name: RawSpan) -> Route? {
        guard let index = machine.tables[kind.subscriptionKind].index(of: name) else { return nil }
        return Route(kind, index, machine.tables[kind.subscriptionKind].entries[index], dedicatedSubscriptions)
    }

    private func confirmed(
        _ verb: SubscriptionMachine.Verb,
        _ kind: RedisSubscriptionKind,
        _ name: RawSpan,
        count: Int,
        _ output: inout WriteBuffer
    ) throws(RedisError) {
        // The server counts the probe's channel, too.
        let count = max(count.nearestCount - (kind == .shardChannel || !isProbeConfirmed ? 0 : 1), 0)
        if let actions = machine.confirmed(verb, kind, name, count: count) {
            run(actions, &output)
        } else if verb == .unsubscribe {
            let actions = machine.revoked(kind, name, count: count)
            let name = RedisBytes(copying: name)
            if machine.entry(kind, name)?.isWanted == true { wereRevoked([RedisGap.Name(kind: kind, name: name)]) }
            run(actions, &output)
        } else {
            throw unexpected("a confirmation that was not asked for")
        }
    }

    private func refused(_ line: String, _ output: inout WriteBuffer) throws(RedisError) {
        let error = RedisError.server(line, at: endpoint, .subscribe)
        if machine.nextIsPing, let call = machine.answered() {
            if let answer = pings.removeValue(forKey: call) {
                answer.complete(.failure(error))
            } else {
                ownCallAnswered(call, .failure(error), &output)
            }
        } else if let actions = machine.refused(error) {
            run(actions, &output)
            if error.isOfServerNotReady { sink.isRefused(for: error) }
        } else {
            // Servers say why before they close a link unasked.
            throw error
        }
    }

    private func answered(_ reply: RESPValue, _ output: inout WriteBuffer) throws(RedisError) {
        guard let call = machine.answered() else { throw unexpected("a reply that was not asked for") }
        if let answer = pings.removeValue(forKey: call) {
            answer.complete(.success(()))
        } else {
            ownCallAnswered(call, .success(reply), &output)
        }
    }

    private func unexpected(_ what: String) -> RedisError {
        RedisError(.protocolViolation, "\(what) has no place on a subscribed link", endpoint: endpoint, phase: .listen)
    }
}

// MARK: - Actions

extension PubSubDriver {
    /// Whether the server has confirmed the probe's channel: 1 or 0.
    private var probeCount: Int {
        guard let channel = proof?.channel, let index = machine.tables[.channel].index(of: channel.rawSpan) else {
            return 0
        }
        return machine.tables[.channel].entries[index].isSubscribed ? 1 : 0
    }

    /// Tells how many names are subscribed here.
    func tellCount() {
        let count = machine.subscribedCount - probeCount
        subscribedNames.add(count - toldCount)
        toldCount = count
    }

    func run(_ actions: [SubscriptionMachine.Action], _ output: inout WriteBuffer) {
        route = nil
        for case .unassign(let names, let error) in actions { unassign(names, error) }
        // First: whoever is answered below may ask at once.
        tellCount()
        let patternCount = machine.tables[.pattern].entries.count
        if patternCount > probe.account.received.patternCount { probe.account.received.patternCount = patternCount }
        for action in actions {
            switch action {
            case .send(let command):
                output.append { command.encode(into: &$0) }
            case .fence:
                output.append { RedisCommand(["PING"]).encode(into: &$0) }
            case .resolve(let ticket, let kind, let name, let outcome):
                calls.resolve(ticket, PubSub.SubscriptionResult(kind: kind, name: name, outcome: outcome))
            case .changed(.subscribe, let change):
                announce(change.kind, change.name, .subscribed(change))
            case .changed(.unsubscribe, let change):
                announce(change.kind, change.name, .unsubscribed(change))
            case .refused(let refusal):
                if !isProbe(refusal.kind, refusal.name) { gap.explain { $0.explained(refusal: refusal.error) } }
                announce(refusal.kind, refusal.name, .refused(refusal))
                clusterDelegate?.nameWasRefused()
            case .release(let handler):
                sink.release(handler)
            case .retryLater:
                if !retryIsDue { requests.retryLater() }
                retryIsDue = true
                clusterDelegate?.wasRefused()
            case .resubscribeLater(let pause):
                requests.resubscribeLater(after: pause)
            case .unassign:
                break
            case .allRestored:
                if gapIsOpen { perform(probe.allRestored(at: now), &output) }
            }
        }
    }
}
