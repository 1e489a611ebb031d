import RedisCore
import RedisEvents
import RedisPOSIX
import RedisRESP
import RedisReactor

/// Formats lines directly from the read buffer into the output, on the loop.
final class MonitorLineSink: MonitorSink {
    private let way: EventForm.Way
    private let isJSON: Bool
    private let shaper: EventShaper?
    private let prefix: String
    private var labels: NodeLabels
    private let output: WatchOutput
    private let run: WatchRun
    private var json = MonitorLineJSON()
    /// How many lines were not commands in a known form.
    private var unknownLines = 0
    private var notices: LinkNotices
    /// Which lines are printed; `nil` for all.
    private let selection: EventSelection?
    /// Counts the lines, which are not printed then.
    private let tally: LiveTally?

    init(
        _ run: WatchRun,
        form: EventForm,
        prefix: String = "",
        labels: NodeLabels = .none,
        filter: EventFilter? = nil,
        commands: CommandCatalog = .builtIn,
        tally: LiveTally? = nil
    ) {
        self.tally = tally
        shaper = form.shaper(commands) { Terminal.columns(of: 1).map { $0 - prefix.utf8.count } }
        selection = filter.map { EventSelection($0) }
        way = form.way
        isJSON = form.isJSON
        self.prefix = prefix
        self.labels = labels
        self.run = run
        notices = LinkNotices(run, namesNodes: labels.isPlural)
        output = WatchOutput(run)
    }

    func line(_ line: RawSpan, node: NodeNumber) {
        if let selection, !selection.selects(line: line, node: node) { return }
        if let tally {
            output.counted { if !tally.count(line, node) { unknownLines += 1 } }
            if let selection, selection.isOver { output.end() }
            return
        }
        let label = labels.label(node)
        output.event(at: RedisTimestamp.now().microseconds) { buffer in
            if !prefix.isEmpty { buffer.append(prefix) }
            switch way {
            case .line:
                if !label.isEmpty { buffer.append(label) }
                EventText.visible(line, to: &buffer)
            case .verbatim:
                if !label.isEmpty { buffer.append(label) }
                EventText.raw(line, to: &buffer)
            case .json:
                let isKnown = json.append(
                    line: line,
                    node: label,
                    receivedAt: RedisTimestamp.now().microseconds,
                    to: &buffer
                )
                if !isKnown { unknownLines += 1 }
            case .shaped:
                let isKnown = shaper?.append(
                    line: line,
                    node: node,
                    label: label,
                    receivedAt: RedisTimestamp.now().microseconds,
                    to: &buffer
                )
                if isKnown == false { unknownLines += 1 }
            }
        }
        if let selection, selection.isOver { output.end() }
    }

    func event(_ event: Monitor.Event) {
        switch event {
        case .gap(let gap):
            if isJSON { output.record { $0.append(gap, node: labels.label(gap.cause.node)) } }
            if !prefix.isEmpty { output.record { $0.append(gap, prefix: "gap      ") } }
            tally?.note(gap)
            notices.tell(gap)
        case .link(let event):
            tally?.note(event)
            notices.tell(event)
        case .unguarded(let error):
            run.say("no guard: cannot find out how much the server holds for this monitor: \(error.words)")
        case .command, .line, .drop, .failed:
            break
        }
    }

    private func tellUnknown() {
        let count = exchange(&unknownLines, with: 0)
        if count == 1 { run.say("1 line was not a command in a known form") }
        if count > 1 { run.say("\(count) lines were not commands in a known form") }
    }

    func turnEnded(isDrained: Bool) {
        shaper?.turnEnded()
        if isDrained { output.flush() }
    }

    func ended(_ error: RedisError?) {
        notices.ended()
        output.flush()
        tellUnknown()
        run.end(error.map { .failed($0) } ?? .ended)
    }
}
