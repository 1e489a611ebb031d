internal import Logging

extension Session {
    /// Begins to watch over the link that has become ready.
    func startHeartbeat() {
        guard let interval = configuration.heartbeat else { return }
        do throws(RedisSystemError) {
            let source = try TimerSource(on: loop) { self.assumeIsolated { $0.heartbeatDue() } }
            source.schedule(after: interval)
            heartbeatTimer = consume source
            heartbeat = Heartbeat(interval: interval, timeout: configuration.heartbeatTimeout)
        } catch {
            // Without memory for a timer the link goes unwatched, as it would without a heartbeat.
            logger.debug("no heartbeat", metadata: ["error": "\(error)"])
        }
    }

    private func heartbeatDue() {
        if isReadingPaused, let interval = configuration.heartbeat {
            heartbeatTimer?.schedule(after: interval)
            return
        }
        let action = heartbeat?.look(
            at: .now,
            lastReceived: silentSince,
            canAsk: driver.canAskForLife
        )
        switch action {
        case .wait(let duration)?:
            heartbeatTimer?.schedule(after: duration)
        case .ask(let duration)?:
            driver.sendHeartbeat(output: &output)
            scheduleFlush()
            heartbeatTimer?.schedule(after: duration)
        case .lost?:
            let text = "no answer to PING within \(configuration.heartbeatTimeout)"
            lose(RedisError(.timedOut, text, endpoint: endpoint, phase: .listen))
        case nil:
            break
        }
    }
}
