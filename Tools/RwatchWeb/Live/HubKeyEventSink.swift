import RedisCore
import RedisEvents
import RedisRESP
import RedisReactor
import RwatchKit

/// Takes events of keys to the hub, on the loop.
final class HubKeyEventSink: KeyspaceSink {
    private static let source = "keys"

    private let hub: EventHub
    private let run: WatchRun
    private let place: String
    private var notices: LinkNotices

    init(_ hub: EventHub, _ run: WatchRun, place: String, namesNodes: Bool) {
        self.hub = hub
        self.run = run
        self.place = place
        notices = LinkNotices(run, namesNodes: namesNodes)
    }

    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        hub.keyEvent(name, key: key, database: database, at: time, node)
    }

    func event(_ event: KeyspaceEvents.Event) {
        switch event {
        case .gap(let gap):
            hub.note(gap)
            notices.tell(gap)
        case .link(let event):
            hub.note(event, Self.source, place)
            notices.tell(event)
        case .notifications(.missing(let missing), _): run.say("\(missing)")
        case .refused(let refusal):
            run.say("cannot subscribe to \(refusal.name.debugDescription): \(refusal.error.cause(nil))")
        case .notifications, .key, .other, .push, .drop, .failed: break
        }
    }

    func refusedForNow(_ error: RedisError) { run.refusedForNow(error) }

    func turnEnded(isDrained: Bool) { if isDrained { hub.turnEnded() } }

    func ended(_ error: RedisError?) {
        notices.ended()
        hub.ended(Self.source, error)
        hub.turnEnded()
        run.end(because: error)
    }
}
