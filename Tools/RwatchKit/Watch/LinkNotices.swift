import RedisCore

/// Tells of a link's life. Of an outage's failed attempts the first is told, not each.
struct LinkNotices {
    private let run: WatchRun
    private var hasToldAttempt = false

    init(_ run: WatchRun) { self.run = run }

    mutating func tell(_ event: LinkEvent) {
        switch event {
        case .lost(let cause, _):
            hasToldAttempt = false
            run.say("link lost: \(cause)")
        case .retrying(let error, _):
            if !hasToldAttempt { run.say("still trying: \(error)") }
            hasToldAttempt = true
        case .restored(let duration, _):
            run.say("link back after \(Notices.seconds(duration))")
        case .authenticationFailed(let error):
            run.say("new credentials not taken: \(error)")
        }
    }

    /// What the reconnect has shown of an outage.
    func tell(_ gap: Gap) {
        guard gap.isComplete else { return }
        let missed = gap.missedPublishes.map {
            $0 == 0 ? "no publish was missed" : "at most \($0) publishes were missed"
        }
        run.say("gap of \(Notices.seconds(gap.duration)): \(gap.cause)" + (missed.map { "; \($0)" } ?? ""))
    }
}
