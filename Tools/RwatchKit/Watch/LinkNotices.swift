import RedisCore
import RedisReactor

/// Tells of a link's life. Of an outage's failed attempts the first is told, not each.
struct LinkNotices {
    private let run: WatchRun
    /// Whether each notice names its server, because there may be several.
    private let namesNodes: Bool
    /// The servers of which a failed attempt was told since their link was lost.
    private var failing: Set<RedisEndpoint?> = []
    /// The gaps that are not complete yet, by server.
    private var incomplete: [RedisEndpoint?: RedisGap] = [:]

    init(_ run: WatchRun, namesNodes: Bool) {
        self.run = run
        self.namesNodes = namesNodes
    }

    mutating func tell(_ event: RedisLinkEvent) {
        switch event {
        case .lost(let cause, _):
            failing.remove(cause.node)
            say("link lost: \(cause)", cause.node)
        case .retrying(let error, _):
            // The error names the server itself.
            if failing.insert(error.endpoint).inserted { run.say("still trying: \(error.words)") }
        case .restored(let duration, let node):
            failing.removeAll()
            say("link back after \(Notices.seconds(duration))", node)
        case .authenticationFailed(let error):
            run.say("new credentials were refused: \(error.words)")
        }
    }

    /// What the reconnect has shown of an outage; of one that is not over the rest is told when it is.
    mutating func tell(_ gap: RedisGap) {
        incomplete[gap.cause.node] = gap.isComplete ? nil : gap
        if gap.isComplete { say(gap, "") }
    }

    /// Nothing comes any more: what was not over is told now.
    mutating func ended() {
        for gap in exchange(&incomplete, with: [:]).values { say(gap, " until the end") }
    }

    private func say(_ gap: RedisGap, _ extent: String) {
        let missed = gap.missedPublishes.map {
            switch $0 {
            case 0: "no publish was missed"
            case 1: "at most 1 publish was missed"
            case let count: "at most \(count) publishes were missed"
            }
        }
        let text = "gap of \(Notices.seconds(gap.duration))\(extent): \(gap.cause)" + (missed.map { "; \($0)" } ?? "")
        say(text, gap.cause.node)
    }

    private func say(_ text: String, _ node: RedisEndpoint?) {
        if namesNodes, let node { run.say("\(node): \(text)") } else { run.say(text) }
    }
}
