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
        case .restored(let duration):
            run.say("link back after \(Notices.seconds(duration))")
        case .authenticationFailed(let error):
            run.say("new credentials not taken: \(error)")
        }
    }
}
