extension Fleet {
    /// The watch of a cluster for a `Monitor`.
    static func monitor<Sink: MonitorSink>(
        _ configuration: RedisConfiguration,
        _ cluster: ClusterConfiguration,
        guard protection: MonitorGuard?,
        loop: EventLoop,
        sink: sending Sink
    ) -> Fleet where Control == MonitorEvent, Unit == MonitorUnit {
        let merger = StreamMerger<MonitorEvent>(window: cluster.reorderWindow, loop: loop, sink: sink)
        return Fleet(configuration, cluster, loop: loop, merger: merger) { configuration, discovery, lane in
            MonitorUnit(
                configuration,
                guard: protection,
                discovery: discovery,
                loop: loop,
                sink: MonitorLane(lane, merger)
            )
        }
    }

    /// The watch of a cluster for a `KeyspaceEvents`.
    static func keyspace<Sink: KeyspaceSink>(
        _ configuration: RedisConfiguration,
        _ cluster: ClusterConfiguration,
        plan: KeyspacePlan,
        setting: NotificationSetting,
        loop: EventLoop,
        sink: sending Sink
    ) -> Fleet where Control == KeyspaceEvent, Unit == KeyspaceUnit {
        let merger = StreamMerger<KeyspaceEvent>(window: .zero, loop: loop, sink: sink)
        return Fleet(configuration, cluster, loop: loop, merger: merger) {
            configuration,
            discovery,
            lane throws(RedisError) in
            try KeyspaceUnit(
                configuration,
                plan: plan,
                setting: setting,
                discovery: discovery,
                loop: loop,
                sink: KeyspaceLane(lane, merger)
            )
        }
    }
}
