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
    private var output: WatchOutput
    private let run: WatchRun
    private var json = MonitorLineJSON()
    /// How many lines were not commands in a known form.
    private var unknownLines = 0
    private var notices: LinkNotices
    /// Which lines are printed.
    private let selection: EventSelection
    /// Adds what lines do not tell; `nil` when nobody wants that.
    private let origins: CommandOrigins?
    private let desk: ClientDesk?
    /// Leaves MONITOR for a part of the time; `nil` when that never happens.
    private let duty: DutyRunner?
    /// When the sink is called again although nothing came.
    private var nextCall: (due: ContinuousClock.Instant, call: ScheduledCall)?
    /// Counts the lines, which are not printed then.
    private let tally: LiveTally?
    /// When the lines of this turn came, in microseconds since the epoch; `nil` until somebody asks.
    private var turnedAt: Int64?
    /// Called when the monitor has ended, in place of the end of the run.
    private let whenEnded: (@Sendable (RedisError?) -> Void)?

    init(
        _ run: WatchRun,
        form: EventForm,
        prefix: String = "",
        labels: NodeLabels = .none,
        filter: EventFilter? = nil,
        commands: CommandCatalog = .builtIn,
        needs: OriginNeeds = OriginNeeds(),
        desk: ClientDesk? = nil,
        duty: DutyRunner? = nil,
        tally: LiveTally? = nil,
        ended: (@Sendable (RedisError?) -> Void)? = nil
    ) {
        whenEnded = ended
        self.tally = tally
        self.duty = duty
        self.desk = desk
        origins = desk.map { desk in
            CommandOrigins(needs, ask: { desk.ask($0) }, say: { run.say($0) })
        }
        shaper = form.shaper(commands) { Terminal.columns(of: 1).map { $0 - prefix.utf8.count } }
        selection = EventSelection(filter)
        way = form.way
        isJSON = form.isJSON
        self.prefix = prefix
        self.labels = labels
        self.run = run
        notices = LinkNotices(run, namesNodes: labels.isPlural)
        output = WatchOutput(run)
    }

    func lines(_ run: inout LineRun) { take(&run, selection, to: &output) }

    func line(_ line: RawSpan, node: NodeNumber) { take(line, node, labels.label(node), selection, to: &output) }

    // The selection is passed on, because each access to a property that is an object counts its references.
    private func take(_ run: inout LineRun, _ selection: EventSelection, to output: inout WatchOutput) {
        let label = labels.label(run.node)
        while run.next() { take(run.line, run.node, label, selection, to: &output) }
    }

    @inline(__always)
    private func take(
        _ line: RawSpan,
        _ node: NodeNumber,
        _ label: [UInt8],
        _ selection: EventSelection,
        to output: inout WatchOutput
    ) {
        if let origins, origins.isActive { return take(line, node, origins, to: &output) }
        show(line, node, label, selection, to: &output)
    }

    /// Shows a line when enough is known of its origin.
    @inline(never)
    private func take(
        _ line: RawSpan,
        _ node: NodeNumber,
        _ origins: CommandOrigins,
        to output: inout WatchOutput
    ) {
        origins.take(line, node, at: .now) { show($0, $1, labels.label($1), selection, $2, $3, to: &output) }
    }

    /// Shows a line that was held back.
    private func show(_ line: RawSpan, _ node: NodeNumber, _ client: KnownClient?, _ isFromScript: Bool) {
        show(line, node, labels.label(node), selection, client, isFromScript, to: &output)
    }

    @inline(__always)
    private func show(
        _ line: RawSpan,
        _ node: NodeNumber,
        _ label: [UInt8],
        _ selection: EventSelection,
        _ client: KnownClient? = nil,
        _ isFromScript: Bool = false,
        to output: inout WatchOutput
    ) {
        guard selection.selects(line: line, node: node, client: client, isFromScript: isFromScript) else { return }
        if let tally {
            output.counted { if !tally.count(line, node, client) { unknownLines += 1 } }
            if selection.isOver { output.end() }
            return
        }
        output.event(at: turnTime()) { buffer in
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
                    receivedAt: turnTime(),
                    client: client,
                    isFromScript: isFromScript,
                    to: &buffer
                )
                if !isKnown { unknownLines += 1 }
            case .shaped:
                let isKnown = shaper?.append(
                    line: line,
                    node: node,
                    label: label,
                    receivedAt: turnTime(),
                    client: client,
                    isFromScript: isFromScript,
                    to: &buffer
                )
                if isKnown == false { unknownLines += 1 }
            }
        }
        if selection.isOver { output.end() }
    }

    /// The clock is read once a turn.
    private func turnTime() -> Int64 {
        if let turnedAt { return turnedAt }
        let now = RedisTimestamp.now().microseconds
        turnedAt = now
        return now
    }

    func event(_ event: Monitor.Event) {
        switch event {
        case .gap(let gap):
            origins?.releaseAll(at: .now) { show($0, $1, $2, $3) }
            if let node = gap.cause.node { origins?.missed(NodeNumber(node)) }
            if isJSON { output.record { $0.append(gap, node: labels.label(gap.cause.node)) } }
            if !prefix.isEmpty { output.record { $0.append(gap, prefix: "gap      ") } }
            tally?.note(gap)
            notices.tell(gap)
        case .link(let event):
            tally?.note(event)
            switch event {
            case .lost: duty?.linkIsDown()
            case .restored: duty?.linkIsUp()
            case .retrying, .authenticationFailed: break
            }
            notices.tell(event)
        case .unguarded(let error):
            run.say("no guard: cannot find out how much the server holds for this monitor: \(error.words)")
        case .command, .line, .drop, .failed:
            break
        }
    }

    func serverIsWatched(_ node: NodeNumber, isReplica: Bool?) {
        guard let origins, let desk else { return }
        takeAnswers(origins, desk)
        origins.isWatched(node, isReplica: isReplica, at: .now)
    }

    private func takeAnswers(_ origins: CommandOrigins, _ desk: ClientDesk) {
        for answer in desk.takeAnswers() {
            origins.answered(answer.node, answer.list, in: answer.time, at: .now, user: desk.user)
        }
    }

    /// Shows what need not wait any more.
    @inline(never)
    private func goOn(_ origins: CommandOrigins, _ desk: ClientDesk) {
        takeAnswers(origins, desk)
        let now = ContinuousClock.now
        let due = origins.turnEnded(at: now) { show($0, $1, $2, $3) }
        if let next = nextCall, next.due <= now { nextCall = nil }
        guard let due, nextCall.map({ due < $0.due }) ?? true else { return }
        nextCall?.call.cancel()
        nextCall = (due, ScheduledCall(after: max(now.duration(to: due), .zero), on: run.loop) { desk.wake() })
    }

    private func tellUnknown() {
        let count = exchange(&unknownLines, with: 0)
        if count == 1 { run.say("1 line was not a command in a known form") }
        if count > 1 { run.say("\(count) lines were not commands in a known form") }
    }

    func turnEnded(isDrained: Bool) {
        turnedAt = nil
        if let origins, let desk, origins.isActive { goOn(origins, desk) }
        shaper?.turnEnded()
        if isDrained { output.flush() }
    }

    func ended(_ error: RedisError?) {
        if let origins {
            nextCall?.call.cancel()
            origins.releaseAll(at: .now) { show($0, $1, $2, $3) }
            if origins.unnamed > 0 {
                run.say(
                    "\(Words.count(origins.unnamed, "command")) came from clients that were gone before their names "
                        + "could be read"
                )
            }
        }
        notices.ended()
        output.flush()
        tellUnknown()
        if let whenEnded { return whenEnded(error) }
        run.end(error.map { .failed($0) } ?? .ended)
    }
}
