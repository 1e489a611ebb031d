// A link that is not read: back-pressure that reaches the server.
extension Session {
    /// Reads on or stops reading, as the driver wants it. Called after each read, after what the user did, and when the
    /// driver's readers have room again.
    package func adjustReading() {
        guard phase == .ready else { return }
        switch driver.demand {
        case .more:
            guard isReadingPaused else { return }
            endPause()
            countsFrom = .now
            readable?.enable()
            // Not only when the socket says so: a layer in between may have taken bytes from it already.
            loop.atEndOfTurn { self.assumeIsolated { $0.becameReadable() } }
        case .pause:
            guard !isReadingPaused else { return }
            isReadingPaused = true
            readable?.disable()
            driver.readingPaused(true)
        case .stop(let error):
            closeNow()
            driver.gaveUp(error)
        }
    }

    /// For the end of a link, too, which a pause does not outlive.
    func endPause() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        driver.readingPaused(false)
    }

    /// When the server was last known to be alive, for the heartbeat: silence that is our own doing does not count.
    var silentSince: ContinuousClock.Instant { max(lastProgress, countsFrom) }
}
