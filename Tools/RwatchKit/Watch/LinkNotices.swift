package import RedisCore
import RedisReactor

/// Writes notices about a link. Of an outage's failed attempts, only the first is reported.
package struct LinkNotices {
    private let run: WatchRun
    /// Whether each notice contains its server, because there may be several.
    private let namesNodes: Bool
    /// The servers whose failed attempt was reported since their link was lost.
    private var failing: Set<RedisEndpoint?> = []
    /// The gaps that are not complete yet, by server.
    private var incomplete: [RedisEndpoint?: RedisGap] = [:]
    /// The servers that are not monitored for a while on purpose, of which nothing is told.
    private var resting: Set<RedisEndpoint?> = []

    package init(_ run: WatchRun, namesNodes: Bool) {
        self.run = run
        self.namesNodes = namesNodes
    }

    package mutating func tell(_ event: RedisLinkEvent) {
        switch event {
        case .lost(let cause, _) where cause.reason == .dutyCycle: resting.insert(cause.node)
        case .lost(let cause, _):
            failing.remove(cause.node)
            say("link lost: \(cause)", cause.node)
        case .retrying(let error, _):
            // The error contains the server itself.
            if failing.insert(error.endpoint).inserted { run.say("still trying: \(error.words)") }
        case .restored(_, let node) where resting.contains(node) && failing.isEmpty: resting.remove(node)
        case .restored(let duration, let node):
            resting.remove(node)
            failing.removeAll()
            say("link back after \(Notices.seconds(duration))", node)
        case .authenticationFailed(let error):
            run.say("new credentials were refused: \(error.words)")
        }
    }

    /// Reports the cause of an outage that the reconnect has shown. If the outage is not over, the rest is reported at
    /// its end.
    package mutating func tell(_ gap: RedisGap) {
        if gap.cause.reason == .dutyCycle { return }
        incomplete[gap.cause.node] = gap.isComplete ? nil : gap
        if gap.isComplete { say(gap, "") }
    }

    /// Reports the open gaps at the end.
    package mutating func ended() {
        for gap in exchange(&incomplete, with: [:]).values { say(gap, " until the end") }
    }

    private func say(_ gap: RedisGap, _ extent: String) {
        run.figures.noteGap()
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
