import RESP
import Reactor
import RedisCore
import RedisEvents

/// In which form messages are printed.
package enum MessageForm: Sendable {
    /// `TS message "ch" "payload"`, quoted as MONITOR quotes.
    case line
    /// The payload and a line feed.
    case raw
    /// One JSON object a line.
    case json
}

/// Formats messages where they lie in the read buffer, on the loop, straight into the output.
final class SubscriptionSink: PubSubSink {
    private let form: MessageForm
    private let prefix: String
    private let output: WatchOutput
    private let run: WatchRun
    private var notices: LinkNotices

    /// The names that the server has confirmed once.
    private var confirmed: Set<Name> = []
    /// How many names are left to watch.
    private var names: Int

    /// `names` is how many names will be subscribed to; when the last is refused, the run ends. `prefix` goes in front of each line, for streams that show several sources.
    init(_ run: WatchRun, form: MessageForm, names: Int, prefix: String = "") {
        self.form = form
        self.names = names
        self.prefix = prefix
        self.run = run
        notices = LinkNotices(run)
        output = WatchOutput(run) { count, bytes, buffer in
            guard form == .json else { return }
            EventJSON.drop(at: Timestamp.now().microseconds, count: count, bytes: bytes, to: &buffer)
        }
    }

    private struct Name: Hashable {
        let kind: SubscriptionKind
        let name: RedisBytes

        init(_ kind: SubscriptionKind, _ name: RedisBytes) {
            self.kind = kind
            self.name = name
        }
    }

    func message(_ view: borrowing MessageView, handler: UInt32) {
        output.event { buffer in
            if !prefix.isEmpty { buffer.append(prefix) }
            let time = view.receivedAt.microseconds
            switch (form, view.kind) {
            case (.raw, _):
                EventText.raw(view.payload, to: &buffer)
            case (.line, .message):
                EventText.message(at: time, channel: view.channel, payload: view.payload, to: &buffer)
            case (.line, .smessage):
                EventText.shardMessage(at: time, channel: view.channel, payload: view.payload, to: &buffer)
            case (.line, .pmessage):
                EventText.patternMessage(
                    at: time,
                    pattern: view.pattern,
                    channel: view.channel,
                    payload: view.payload,
                    to: &buffer
                )
            case (.json, .message):
                EventJSON.message(at: time, channel: view.channel, payload: view.payload, to: &buffer)
            case (.json, .smessage):
                EventJSON.shardMessage(at: time, channel: view.channel, payload: view.payload, to: &buffer)
            case (.json, .pmessage):
                EventJSON.patternMessage(
                    at: time,
                    pattern: view.pattern,
                    channel: view.channel,
                    payload: view.payload,
                    to: &buffer
                )
            }
        }
    }

    func event(_ event: PubSubEvent) {
        switch event {
        case .gap(let gap):
            // The record is data, but no event that anybody counts.
            if form == .json { output.record { $0.append(gap) } }
            if !prefix.isEmpty { output.record { $0.append(gap, prefix: "gap      ") } }
            notices.tell(gap)
        case .link(let event):
            notices.tell(event)
        case .refused(let refusal):
            // At the start the command says so itself.
            guard confirmed.remove(Name(refusal.kind, refusal.name)) != nil else { return }
            run.say("cannot subscribe to \"\(refusal.name)\" any more: \(refusal.error.message)")
            names -= 1
            if names == 0 { run.end(.failed(refusal.error)) }
        case .push(let value):
            run.say("the server sent a push of an unknown kind: \(value.elements?.first?.text ?? "unnamed")")
        case .subscribed(let change):
            confirmed.insert(Name(change.kind, change.name))
        case .message, .unsubscribed, .drop, .handlerFailed:
            break
        }
    }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) { if isDrained { output.flush() } }

    func ended(_ error: RedisError?) {
        output.finish()
        run.end(error.map { .failed($0) } ?? .ended)
    }
}

extension OutputBuffer {
    mutating func append(_ text: String) { append(Array(text.utf8)) }

    mutating func append(_ gap: Gap) {
        EventJSON.gap(gap, to: &self)
    }

    /// A gap as a line for people.
    mutating func append(_ gap: Gap, prefix: String) {
        append("\(prefix)\(gap.from) to \(gap.until), \(Notices.seconds(gap.duration)): \(gap.cause)\n")
    }
}
