extension ClusterWatcher {
    /// The watcher of a cluster for a `Monitor`.
    static func monitor<Sink: MonitorSink>(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        guard protection: Monitor.Guard?,
        loop: RedisEventLoop,
        sink: sending Sink
    ) -> ClusterWatcher where Control == Monitor.Event, Watcher == MonitorWatcher {
        let merger = StreamMerger<Monitor.Event>(window: cluster.reorderWindow, loop: loop, sink: sink)
        return ClusterWatcher(configuration, cluster, loop: loop, merger: merger) { configuration, discovery, input in
            MonitorWatcher(
                configuration,
                guard: protection,
                discovery: discovery,
                loop: loop,
                sink: MergeInput(input, merger)
            )
        }
    }

    /// The watcher of a cluster for a `KeyspaceEvents`.
    static func keyspace<Sink: KeyspaceSink>(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        plan: KeyspacePlan,
        setting: NotificationSetting,
        loop: RedisEventLoop,
        sink: sending Sink
    ) -> ClusterWatcher where Control == KeyspaceEvents.Event, Watcher == KeyspaceWatcher {
        let merger = StreamMerger<KeyspaceEvents.Event>(window: .zero, loop: loop, sink: sink)
        return ClusterWatcher(configuration, cluster, loop: loop, merger: merger) {
            configuration,
            discovery,
            input throws(RedisError) in
            try KeyspaceWatcher(
                configuration,
                plan: plan,
                setting: setting,
                discovery: discovery,
                loop: loop,
                sink: MergeInput(input, merger)
            )
        }
    }

    /// The watcher of a cluster for an `Invalidations`.
    static func invalidations<Sink: InvalidationSink>(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        prefixes: [RedisBytes],
        loop: RedisEventLoop,
        lease: TrackingLease?,
        sink: sending Sink
    ) -> ClusterWatcher where Control == Invalidations.Event, Watcher == InvalidationWatcher {
        let merger = StreamMerger<Invalidations.Event>(window: .zero, loop: loop, sink: sink)
        let shards = TrackedShards()
        return ClusterWatcher(configuration, cluster, loop: loop, merger: merger) { configuration, discovery, input in
            InvalidationWatcher(
                configuration,
                prefixes: prefixes,
                discovery: discovery,
                loop: loop,
                lease: lease,
                sink: ShardInvalidations(input, shards, MergeInput(input, merger))
            )
        }
    }
}
