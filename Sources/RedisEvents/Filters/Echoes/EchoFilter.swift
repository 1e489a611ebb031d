/// Leaves out messages that a node repeats after another node of the cluster has delivered them, and remembers new
/// messages.
///
/// Somebody may publish the same message once more within `RecentMessages.window`. It is left out wrongly, and a gap
/// covers it (`windowEnded`). A message that the last node had not delivered, because it was cut off for a while, comes
/// late.
final class EchoFilter {
    /// The state of the filter during one run. It is a local value, because each access to a property of a class is
    /// checked at run time.
    struct Pass {
        /// `nil` on a link without this filter.
        private let recent: RecentMessages?
        /// How many messages the links have brought.
        fileprivate var count: Int
        fileprivate var expected: ExpectedEchoes?
        private let expectsEchoes: Bool
        /// The names of the messages that are left out.
        fileprivate var names: Set<RedisGap.Name> = []
        fileprivate let moment: Moment
        /// The seed for the digests of messages with the names of the current message.
        private var seed: UInt64 = 0

        fileprivate init(_ recent: RecentMessages?, _ expected: ExpectedEchoes?, at now: Moment) {
            self.recent = recent
            count = recent?.count ?? 0
            self.expected = expected
            expectsEchoes = expected != nil
            moment = now
        }

        /// A pass of a link without this filter.
        static func inactive(at now: Moment) -> Pass { Pass(nil, nil, at: now) }

        /// Moves to the first message with the names of the current one that is not a repetition, and remembers it.
        /// Returns whether there is one.
        mutating func admitAny(_ run: inout MessageRun) -> Bool {
            let kind = run.view.kind
            let kindSeed = (recent?.seed ?? 0) &+ UInt64(kind.rawValue)
            seed = run.view.channel.hash(seed: kind == .pmessage ? run.view.pattern.hash(seed: kindSeed) : kindSeed)
            repeat {
                if admit(&run) { return true }
            } while run.nextOfSameNames()
            return false
        }

        /// Remembers a message that is not a repetition. Returns whether it is new.
        @inline(__always)
        mutating func admit(_ run: inout MessageRun) -> Bool {
            let digest = run.view.payload.hash(seed: seed)
            if expectsEchoes, isRepeated(digest, &run) { return false }
            recent?.add(digest, number: count)
            count &+= 1
            return true
        }

        @inline(never)
        private mutating func isRepeated(_ digest: UInt64, _ run: inout MessageRun) -> Bool {
            guard expected?.admit(digest) == false else { return false }
            names.insert(RedisGap.Name(kind: run.view.kind.subscriptionKind, name: RedisBytes(copying: run.name)))
            run.leaveOut()
            return true
        }
    }

    private let context: PubSubContext
    private let clusterDelegate: ClusterLinkDelegate
    private let gap: GapFilter
    private let requests: DriverRequests
    private var expected: ExpectedEchoes?
    /// The names of the messages that were left out as repetitions, and since when.
    private var names: Set<RedisGap.Name> = []
    private var since: Moment?
    /// Whether the next link may repeat messages that the last one has delivered.
    private var isNodeNew = false

    init(
        _ context: PubSubContext,
        _ clusterDelegate: ClusterLinkDelegate,
        _ gap: GapFilter,
        _ requests: DriverRequests,
        _ active: ActiveFilters
    ) {
        self.context = context
        self.clusterDelegate = clusterDelegate
        self.gap = gap
        self.requests = requests
        // The filter is active because it has to remember every message.
        active.set(.echoes, true)
    }

    func begin(at now: Moment) -> Pass {
        if expected?.isOver(at: now.monotonic) == true { expected = nil }
        return Pass(context.recent, expected.take(), at: now)
    }

    func end(_ pass: consuming Pass) {
        context.recent.readEnded(count: pass.count, at: pass.moment.monotonic)
        expected = pass.expected
        guard !pass.names.isEmpty else { return }
        names.formUnion(pass.names)
        guard since == nil else { return }
        since = pass.moment
        requests.echoesEndLater(after: RecentMessages.window)
    }

    /// Notes that this link, or the next one, goes to another node than the one that has delivered until now.
    func nodeChanged(isReady: Bool) { if isReady { expect() } else { isNodeNew = true } }

    /// Notes that names have come from another node. Nodes of one shard repeat one another's messages.
    func namesCame(from node: RedisEndpoint?, to endpoint: RedisEndpoint, isReady: Bool) {
        guard let node, node != endpoint, clusterDelegate.sharesShard(with: node) else { return }
        nodeChanged(isReady: isReady)
    }

    func linkReady() {
        if exchange(&isNodeNew, with: false) { expect() }
    }

    private func expect() { expected = context.recent.echoes(at: .now) }

    /// Ends the window: no message is taken for a repetition any more. Somebody may have published an equal message
    /// meanwhile, so a gap is recorded. On a link under a mirror layer, the layer knows whether the other link has
    /// delivered it.
    func windowEnded(_ endpoint: RedisEndpoint) {
        guard let since = since.take() else { return }
        let names = Array(exchange(&self.names, with: []))
        if clusterDelegate.leftOut(names, since: since) { return }
        var cause = RedisDisconnect(
            .unproven,
            "what this node repeated was left out, and an equal message may be among it"
        )
        cause.node = endpoint
        gap.addEndedLoss(cause, since: since, names)
    }
}
