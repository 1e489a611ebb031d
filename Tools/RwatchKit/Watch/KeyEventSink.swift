import RESP
import Reactor
import RedisCore
import RedisEvents

/// In which form events of keys are printed.
package enum KeyEventForm: Sendable {
    /// `TS [database] event "key"`.
    case line
    /// One JSON object a line.
    case json
}

/// Formats events of keys where they lie in the read buffer, on the loop, straight into the output.
final class KeyEventSink: KeyspaceSink {
    private let form: KeyEventForm
    private let output: WatchOutput
    private let run: WatchRun
    private var notices: LinkNotices

    init(_ run: WatchRun, form: KeyEventForm) {
        self.form = form
        self.run = run
        notices = LinkNotices(run)
        output = WatchOutput(run) { count, bytes, buffer in
            guard form == .json else { return }
            EventJSON.drop(at: Timestamp.now().microseconds, count: count, bytes: bytes, to: &buffer)
        }
    }

    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: Timestamp, node: NodeNumber) {
        output.event { buffer in
            switch form {
            case .line:
                EventText.keyEvent(at: time.microseconds, database: database, event: name, key: key, to: &buffer)
            case .json:
                EventJSON.keyEvent(at: time.microseconds, database: database, event: name, key: key, to: &buffer)
            }
        }
    }

    func event(_ event: KeyspaceEvent) {
        switch event {
        case .gap(let gap): if form == .json { output.record { $0.append(gap) } }
        case .link(let event): notices.tell(event)
        case .notifications(let state, node: _): tell(state)
        case .refused(let refusal):
            run.say("cannot subscribe to \"\(refusal.name)\" any more: \(refusal.error.message)")
        case .push(let value):
            run.say("the server sent a push of an unknown kind: \(value.elements?.first?.text ?? "unnamed")")
        case .key, .other, .drop: break
        }
    }

    private func tell(_ state: NotificationState) {
        switch state {
        case .verified: run.say("notify-keyspace-events is as it has to be")
        case .missing(let missing): run.say("\(missing)")
        case .enabled(let flags):
            run.say("set notify-keyspace-events to \"\(flags)\"; the old value comes back at the end")
        case .unknown(let flags):
            run.say("cannot tell whether notify-keyspace-events has \(flags): CONFIG GET does not show it beside A")
        case .unverified(let error): run.say("cannot verify notify-keyspace-events: \(error.message)")
        }
    }

    func turnEnded(isDrained: Bool) { if isDrained { output.flush() } }

    func ended(_ error: RedisError?) {
        output.finish()
        run.end(error.map { .failed($0) } ?? .ended)
    }
}
