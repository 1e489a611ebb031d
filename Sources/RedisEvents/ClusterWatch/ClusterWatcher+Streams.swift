extension ClusterWatcher {
    /// The watch of a cluster for a `Monitor`.
    static func monitor<Sink: MonitorSink>(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        guard protection: Monitor.Guard?,
        loop: RedisEventLoop,
        sink: sending Sink
    ) -> ClusterWatcher where Control == Monitor.Event, Unit == MonitorUnit {
        let merger = StreamMerger<Monitor.Event>(window: cluster.reorderWindow, loop: loop, sink: sink)
        return ClusterWatcher(configuration, cluster, loop: loop, merger: merger) { configuration, discovery, lane in
            MonitorUnit(
                configuration,
                guard: protection,
                discovery: discovery,
                loop: loop,
                sink: MergeLane(lane, merger)
            )
        }
    }

    /// The watch of a cluster for a `KeyspaceEvents`.
    static func keyspace<Sink: KeyspaceSink>(
        _ configuration: RedisConfiguration,
        _ cluster: RedisClusterConfiguration,
        plan: KeyspacePlan,
        setting: NotificationSetting,
        loop: RedisEventLoop,
        sink: sending Sink
    ) -> ClusterWatcher where Control == KeyspaceEvents.Event, Unit == KeyspaceUnit {
        let merger = StreamMerger<KeyspaceEvents.Event>(window: .zero, loop: loop, sink: sink)
        return ClusterWatcher(configuration, cluster, loop: loop, merger: merger) {
            configuration,
            discovery,
            lane throws(RedisError) in
            try KeyspaceUnit(
                configuration,
                plan: plan,
                setting: setting,
                discovery: discovery,
                loop: loop,
                sink: MergeLane(lane, merger)
            )
        }
    }
}
