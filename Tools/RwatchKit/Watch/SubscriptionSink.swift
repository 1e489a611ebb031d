import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor

/// Formats messages directly from the read buffer into the output, on the loop.
final class SubscriptionSink: PubSubSink {
    private let way: EventForm.Way
    private let isJSON: Bool
    private let shaper: EventShaper?
    private let prefix: String
    private var labels: NodeLabels
    private var output: WatchOutput
    private let run: WatchRun
    private var notices: LinkNotices
    private var pushes: UnknownPushes

    /// The names that the server has confirmed once.
    private var confirmed: Set<Name> = []
    /// How many names are left to watch.
    private var names: Int
    private let user: String?
    /// Which messages are printed; `nil` for all.
    private let selection: EventSelection?
    /// Counts the messages, which are not printed then.
    private let tally: LiveTally?

    /// `names` is the number of names to subscribe to; when the last is refused, the run ends. `prefix` is at the
    /// beginning of each line, for streams with several sources. `user` is the user at the server, for a hint about
    /// missing rights. `filter` says which messages are printed.
    init(
        _ run: WatchRun,
        form: EventForm,
        names: Int,
        prefix: String = "",
        labels: NodeLabels = .none,
        user: String? = nil,
        filter: EventFilter? = nil,
        tally: LiveTally? = nil
    ) {
        self.tally = tally
        shaper = form.shaper { Terminal.columns(of: 1).map { $0 - prefix.utf8.count } }
        selection = filter.map { EventSelection($0) }
        self.user = user
        way = form.way
        isJSON = form.isJSON
        self.names = names
        self.prefix = prefix
        self.labels = labels
        self.run = run
        notices = LinkNotices(run, namesNodes: labels.isPlural)
        pushes = UnknownPushes(run)
        output = WatchOutput(run)
    }

    private struct Name: Hashable {
        let kind: RedisSubscriptionKind
        let name: RedisBytes

        init(_ kind: RedisSubscriptionKind, _ name: RedisBytes) {
            self.kind = kind
            self.name = name
        }
    }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        if let selection, !selection.selects(view) { return }
        if tally != nil { return count(view) }
        if case .shaped = way { return printShaped(view) }
        let label = labels.label(view.nodeNumber)
        output.event(at: view.receivedAt.microseconds) { buffer in
            if !prefix.isEmpty { buffer.append(prefix) }
            switch way {
            case .verbatim:
                EventText.raw(view.payload, to: &buffer)
            case .line:
                if !label.isEmpty { buffer.append(label) }
                EventText.append(view, to: &buffer)
            case .json:
                EventJSON.append(view, node: label, to: &buffer)
            case .shaped: break
            }
        }
        if let selection, selection.isOver { output.end() }
    }

    /// Prints a message in a form that a shaper writes. It stands apart because the whole view is handed on, which
    /// would cost the other forms as well.
    @inline(never)
    private func printShaped(_ view: borrowing PubSub.MessageView) {
        let label = labels.label(view.nodeNumber)
        output.event(at: view.receivedAt.microseconds) { buffer in
            if !prefix.isEmpty { buffer.append(prefix) }
            shaper?.append(view, label: label, to: &buffer)
        }
        if let selection, selection.isOver { output.end() }
    }

    @inline(never)
    private func count(_ view: borrowing PubSub.MessageView) {
        guard let tally else { return }
        output.counted { tally.count(view) }
        if let selection, selection.isOver { output.end() }
    }

    func event(_ event: PubSub.Event) {
        switch event {
        case .gap(let gap):
            // The record is data, but it does not count as an event.
            if isJSON { output.record { $0.append(gap, node: labels.label(gap.cause.node)) } }
            if !prefix.isEmpty { output.record { $0.append(gap, prefix: "gap      ") } }
            tally?.note(gap)
            notices.tell(gap)
        case .link(let event):
            tally?.note(event)
            notices.tell(event)
        case .refused(let refusal):
            names -= 1
            // At the start the command reports refusals itself, and ends when no name is left.
            guard confirmed.remove(Name(refusal.kind, refusal.name)) != nil else { return }
            run.say("cannot subscribe to \(refusal.name.debugDescription) any more: \(refusal.error.cause(user))")
            if names == 0 { run.end(.failed(refusal.error)) }
        case .push(let value):
            pushes.tell(value)
        case .subscribed(let change):
            confirmed.insert(Name(change.kind, change.name))
        case .message, .unsubscribed, .drop, .handlerFailed, .failed:
            break
        }
    }

    func refusedForNow(_ error: RedisError) { run.refusedForNow(error) }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) {
        shaper?.turnEnded()
        if isDrained { output.flush() }
    }

    func ended(_ error: RedisError?) {
        notices.ended()
        output.flush()
        run.end(error.map { .failed($0) } ?? .ended)
    }
}

extension OutputBuffer {
    mutating func append(_ text: String) { append(Array(text.utf8)) }

    mutating func append(_ gap: RedisGap, node: [UInt8] = []) {
        EventJSON.gap(gap, node: node, to: &self)
    }

    /// Appends a gap as a line for people.
    mutating func append(_ gap: RedisGap, prefix: String) {
        let text = "\(gap.from) to \(gap.until), \(Notices.seconds(gap.duration)): \(gap.cause)"
        append("\(prefix)\(text.shown(upTo: ShownText.noticeLimit))\n")
    }
}
