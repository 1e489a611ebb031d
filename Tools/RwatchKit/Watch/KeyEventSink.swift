import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor

/// Formats key events directly from the read buffer into the output, on the loop.
final class KeyEventSink: KeyspaceSink {
    private let way: EventForm.Way
    private let isJSON: Bool
    private let shaper: EventShaper?
    private var labels: NodeLabels
    private var output: WatchOutput
    private let run: WatchRun
    private var notices: LinkNotices
    private var pushes: UnknownPushes
    /// The servers whose setting was changed by us.
    private var changed: Set<RedisEndpoint?> = []
    /// The refusals until the watch has started, which the command reports itself; `nil` after that.
    private let early: Locked<[PubSub.SubscriptionRefusal]?>
    /// Which events are printed; `nil` for all.
    private let selection: EventSelection?
    /// Counts the events, which are not printed then.
    private let tally: LiveTally?

    init(
        _ run: WatchRun,
        form: EventForm,
        labels: NodeLabels = .none,
        early: Locked<[PubSub.SubscriptionRefusal]?> = Locked(nil),
        filter: EventFilter? = nil,
        tally: LiveTally? = nil
    ) {
        self.tally = tally
        shaper = form.shaper { Terminal.columns(of: 1) }
        selection = filter.map { EventSelection($0) }
        self.early = early
        way = form.way
        isJSON = form.isJSON
        self.labels = labels
        self.run = run
        notices = LinkNotices(run, namesNodes: labels.isPlural)
        pushes = UnknownPushes(run)
        output = WatchOutput(run)
    }

    func keyEvent(_ name: RawSpan, key: RawSpan, database: Int, at time: RedisTimestamp, node: NodeNumber) {
        if let selection, !selection.selects(event: name, key: key, database: database, at: time, node: node) {
            return
        }
        if let tally {
            output.counted { tally.count(name, key: key, database: database, at: time.microseconds, node) }
            if let selection, selection.isOver { output.end() }
            return
        }
        let label = labels.label(node)
        let time = time.microseconds
        output.event(at: time) { buffer in
            switch way {
            case .line:
                if !label.isEmpty { buffer.append(label) }
                EventText.keyEvent(at: time, database: database, event: name, key: key, to: &buffer)
            case .json:
                EventJSON.keyEvent(at: time, node: label, database: database, event: name, key: key, to: &buffer)
            case .verbatim:
                EventText.raw(key, to: &buffer)
            case .shaped:
                shaper?.append(
                    event: name,
                    key: key,
                    database: database,
                    at: time,
                    node: node,
                    label: label,
                    to: &buffer
                )
            }
        }
        if let selection, selection.isOver { output.end() }
    }

    func event(_ event: KeyspaceEvents.Event) {
        switch event {
        case .gap(let gap):
            if isJSON { output.record { $0.append(gap, node: labels.label(gap.cause.node)) } }
            tally?.note(gap)
            notices.tell(gap)
        case .link(let event):
            tally?.note(event)
            notices.tell(event)
        case .notifications(let state, let node): tell(state, node)
        case .refused(let refusal):
            let isEarly = early.withLock { early in
                early?.append(refusal)
                return early != nil
            }
            if isEarly { break }
            run.say("cannot subscribe to \(refusal.name.debugDescription) any more: \(refusal.error.cause(nil))")
        case .push(let value):
            pushes.tell(value)
        case .key, .other, .drop, .failed: break
        }
    }

    private func tell(_ state: KeyspaceEvents.NotificationState, _ node: RedisEndpoint?) {
        let place = labels.isPlural ? node.map { "\($0): " } ?? "" : ""
        switch state {
        case .verified: run.say("\(place)notify-keyspace-events is set as needed")
        case .missing(let missing): run.say("\(place)\(missing)")
        case .enabled(let flags) where !changed.insert(node).inserted:
            run.say(
                "\(place)set notify-keyspace-events to \"\(flags)\" again: somebody else, or a restart, had changed it"
            )
        case .enabled(let flags):
            run.say("\(place)set notify-keyspace-events to \"\(flags)\"; the previous value is restored at the end")
        case .unknown(let flags):
            run.say(
                "\(place)cannot tell whether notify-keyspace-events has \(flags): CONFIG GET does not show it beside A"
            )
        case .unverified(let error): run.say("\(place)cannot verify notify-keyspace-events: \(error.cause(nil))")
        }
    }

    func refusedForNow(_ error: RedisError) { run.refusedForNow(error) }

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
