package import RedisEvents

extension WatchRun {
    /// Handles SIGTSTP, Ctrl-Z in a terminal.
    func stopProcess() { stops.stop() }

    /// Has something closed while the process is stopped, and opened again behind it, in the order of these calls.
    func whileStopped(suspend suspension: Suspension) { stops.add(suspension) }

    /// Makes `monitor` end MONITOR while the process is stopped.
    package func whileStopped(suspend monitor: MonitorPauses) {
        stops.add(
            Suspension(suspend: { await monitor.pause(for: .stop) }, resume: { await monitor.resume(after: .stop) })
        )
    }

    /// Closes the link of subscriptions while the process is stopped.
    package func whileStopped(suspend pubsub: PubSub) {
        stops.add(Suspension(suspend: { await pubsub.suspend() }, resume: { await pubsub.resume() }))
    }

    /// Closes the link of key events while the process is stopped.
    package func whileStopped(suspend keys: KeyspaceEvents) {
        stops.add(Suspension(suspend: { await keys.suspend() }, resume: { await keys.resume() }))
    }
}
