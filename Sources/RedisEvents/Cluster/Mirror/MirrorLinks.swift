/// The two links of a mirrored subscription, and what stands in front of them.
final class MirrorLinks: Sendable {
    let sessions: [Session<PubSubDriver>]
    private let held: Locked<MirrorFront>

    init(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        _ topology: ClusterTopology,
        _ context: SharedContext,
        _ reference: WeakCluster
    ) {
        let front = Locked(MirrorFront(context.get(), window: cluster.mirrorWindow, reference))
        let discoveries = [topology.discovery(ofAny: cluster.nodes), topology.discovery(ofAny: cluster.nodes)]
        discoveries[0].avoid([discoveries[1]])
        discoveries[1].avoid([discoveries[0]])
        sessions = zip(MirrorSide.allCases, discoveries).map { side, discovery in
            let requests = DriverRequests(configuration)
            // Handlers, callers and private subscriptions are the front's.
            let context = PubSubContext(
                handlers: HandlerTable(),
                subscribedNames: SubscribedNames(),
                sink: MirrorSink(front.withLock { $0 }, side)
            )
            let session = Session(
                configuration: configuration,
                loop: topology.loop,
                discovery: discovery,
                driver: PubSubDriver(
                    configuration: configuration,
                    context: context,
                    requests: requests,
                    clusterDelegate: ClusterLinkDelegate(.mirror(side), isReplacement: false, cluster: reference)
                )
            )
            requests.session = session
            return session
        }
        held = front
    }

    /// To be used on the loop.
    var front: MirrorFront { held.withLock { $0 } }

    subscript(side: MirrorSide) -> Session<PubSubDriver> { sessions[Int(side.rawValue)] }
}
