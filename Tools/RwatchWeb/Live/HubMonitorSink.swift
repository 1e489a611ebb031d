import RedisCore
import RedisEvents
import RedisRESP
import RwatchKit

/// Takes the lines of MONITOR to the hub, on the loop.
final class HubMonitorSink: MonitorSink {
    private static let source = "monitor"

    private let hub: EventHub
    private let run: WatchRun
    /// How the server is called while nothing tells it better.
    private let place: String
    private var notices: LinkNotices
    /// How many lines were not commands in a known form.
    private var unknownLines = 0

    init(_ hub: EventHub, _ run: WatchRun, place: String, namesNodes: Bool) {
        self.hub = hub
        self.run = run
        self.place = place
        notices = LinkNotices(run, namesNodes: namesNodes)
    }

    func line(_ line: RawSpan, node: NodeNumber) { if !hub.line(line, node) { unknownLines += 1 } }

    func event(_ event: Monitor.Event) {
        switch event {
        case .gap(let gap):
            hub.note(gap)
            notices.tell(gap)
        case .link(let event):
            hub.note(event, Self.source, place)
            notices.tell(event)
        case .unguarded(let error):
            run.say("no guard: cannot find out how much the server holds for this monitor: \(error.words)")
        case .command, .line, .drop, .failed: break
        }
    }

    func turnEnded(isDrained: Bool) { if isDrained { hub.turnEnded() } }

    func ended(_ error: RedisError?) {
        notices.ended()
        hub.ended(Self.source, error)
        hub.turnEnded()
        if unknownLines > 0 { run.say("lines that were not commands in a known form: \(unknownLines)") }
        run.end(because: error)
    }
}
