extension Mailbox {
    /// The statistics until now.
    package var statistics: RedisDeliveryStatistics {
        current.withLock { current in
            let left = current?.left ?? (count: 0, cost: 0)
            return state.withLock { state in
                var statistics = state.backlog.statistics
                // Events that a reader has taken over and not reached yet still wait.
                statistics.deliveredEvents = state.taken - left.count
                statistics.queuedEvents += left.count + state.backlog.front.count { !$0.isDrop }
                statistics.queuedBytes += left.cost + state.backlog.frontBytes
                if let pausedAt = state.pausedAt { statistics.pausedTime += pausedAt.duration(to: .now) }
                return statistics
            }
        }
    }

    /// Notes that the link is not read any more, or is read again. Must be called on the loop.
    package func notePause(_ isPaused: Bool, at now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            if isPaused, state.pausedAt == nil {
                state.pausedAt = now
                state.backlog.statistics.pauses += 1
            } else if !isPaused, let pausedAt = state.pausedAt {
                state.pausedAt = nil
                state.backlog.statistics.pausedTime += pausedAt.duration(to: now)
            }
        }
    }
}
