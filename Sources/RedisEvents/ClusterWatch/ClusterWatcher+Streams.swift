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
}
