import RedisCore

/// Tells of a link's life. Of an outage's failed attempts the first is told, not each.
struct LinkNotices {
    private let run: WatchRun
    /// Whether each notice names its server, because there may be several.
    private let namesNodes: Bool
    /// The servers of which a failed attempt was told since their link was lost.
    private var failing: Set<Endpoint?> = []

    init(_ run: WatchRun, namesNodes: Bool) {
        self.run = run
        self.namesNodes = namesNodes
    }

    mutating func tell(_ event: LinkEvent) {
        switch event {
        case .lost(let cause, _):
            failing.remove(cause.node)
            say("link lost: \(cause)", cause.node)
        case .retrying(let error, _):
            // The error names the server itself.
            if failing.insert(error.endpoint).inserted { run.say("still trying: \(error)") }
        case .restored(let duration, let node):
            failing.removeAll()
            say("link back after \(Notices.seconds(duration))", node)
        case .authenticationFailed(let error):
            run.say("new credentials not taken: \(error)")
        }
    }

    private func say(_ text: String, _ node: Endpoint?) {
        if namesNodes, let node { run.say("\(node): \(text)") } else { run.say(text) }
    }

    /// What the reconnect has shown of an outage.
    func tell(_ gap: Gap) {
        guard gap.isComplete else { return }
        let missed = gap.missedPublishes.map {
            $0 == 0 ? "no publish was missed" : "at most \($0) publishes were missed"
        }
        say("gap of \(Notices.seconds(gap.duration)): \(gap.cause)" + (missed.map { "; \($0)" } ?? ""), gap.cause.node)
    }
}
