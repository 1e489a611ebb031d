import RedisCore
import RedisEvents
import RedisRESP
import RwatchKit

/// Takes messages to the hub, on the loop.
final class HubSubscriptionSink: PubSubSink {
    private static let source = "sub"

    private let hub: EventHub
    private let run: WatchRun
    private let place: String
    private let user: String?
    private var notices: LinkNotices
    /// Called with a name that the server does not let us have any more.
    private let refused: @Sendable (RedisSubscriptionKind, RedisBytes) -> Void

    init(
        _ hub: EventHub,
        _ run: WatchRun,
        place: String,
        namesNodes: Bool,
        user: String?,
        refused: @escaping @Sendable (RedisSubscriptionKind, RedisBytes) -> Void
    ) {
        self.hub = hub
        self.run = run
        self.place = place
        self.user = user
        self.refused = refused
        notices = LinkNotices(run, namesNodes: namesNodes)
    }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) { hub.message(view) }

    func event(_ event: PubSub.Event) {
        switch event {
        case .gap(let gap):
            hub.note(gap)
            notices.tell(gap)
        case .link(let event):
            hub.note(event, Self.source, place)
            notices.tell(event)
        case .refused(let refusal):
            run.say("cannot subscribe to \(refusal.name.debugDescription): \(refusal.error.cause(user))")
            refused(refusal.kind, refusal.name)
        case .message, .subscribed, .unsubscribed, .push, .drop, .handlerFailed, .failed: break
        }
    }

    func refusedForNow(_ error: RedisError) { run.refusedForNow(error) }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) { if isDrained { hub.turnEnded() } }

    func ended(_ error: RedisError?) {
        notices.ended()
        hub.ended(Self.source, error)
        hub.turnEnded()
        run.end(because: error)
    }
}
