/// What a link does for a `Monitor`: sends MONITOR once, then takes lines for as long as they come.
///
/// The socket is always drained: what the reader does not take is dropped here, because a monitor that stops reading
/// makes the server's memory grow without bound.
final class MonitorDriver: LinkDriver {
    private enum State: Equatable {
        case off
        /// CLIENT ID is on the wire, and MONITOR behind it.
        case identifying
        /// MONITOR is on the wire. It is never sent twice on one link: the second gets no answer at all. `clientID` is
        /// the link's number in `CLIENT LIST`.
        case requested(clientID: Int?)
        case on
    }

    private enum Question {
        /// A PING, and its payload, by which its line is recognized: the server shows it among the other commands.
        case ping(RedisBytes)
        case authentication(Promise<Void>)
    }

    private var state = State.off
    private var endpoint: RedisEndpoint
    private var hold: NodeHold?
    /// Whether the server is a replica, if it has said that.
    private var isReplica: Bool?
    private let sink: any MonitorSink
    private var gap = GapTracker()
    private var now = Moment.now()
    /// The read that brought the last line.
    private var lastEvent: Moment?
    private var lostAt: Moment?
    private var starts: [Promise<Void>] = []
    /// What waits for its reply, oldest first.
    private var questions = Queue<Question>()
    /// The lines of our own commands.
    private let own: OwnLines
    private let guardian: MonitorGuardian?
    private(set) var hasServed = false
    private(set) var arrivals = MonitorArrivals()

    init(endpoint: RedisEndpoint, sink: any MonitorSink, own: OwnLinks, guardian: MonitorGuardian? = nil) {
        self.endpoint = endpoint
        self.sink = sink
        self.own = OwnLines(own)
        self.guardian = guardian
    }

    private var number: NodeNumber { hold?.number ?? .none }

    /// Answers when the server has consented.
    func started(_ answer: Promise<Void>) {
        if hasServed { answer.complete(.success(())) } else { starts.append(answer) }
    }

    var explainsLosses: Bool { true }
    /// A byte that is not printable comes as four, and each that is as one, with some more around.
    var outputPerInput: Int { 8 }
    /// What the guard has seen last.
    var queueSeen: Int?

    var canSendHeartbeat: Bool { true }

    func sendHeartbeat(output: inout WriteBuffer) {
        // By being a bulk string the answer is no line.
        let number = RedisBytes(Library.uniqueName())
        let command: RedisCommand = ["PING", number]
        questions.append(.ping(number))
        own.link?.sends(command, isUnique: true)
        output.append { command.encode(into: &$0) }
    }

    func readBegan(at moment: Moment) {
        now = moment
        own.refresh(at: moment.monotonic)
    }

    func lossIsExplained(_ explanation: (RedisDisconnect) -> RedisDisconnect) { gap.explain(explanation) }

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        if let server = facts.endpoint, server != endpoint {
            gap.serverChanged()
            endpoint = server
        }
        hold = NodeHold(endpoint)
        isReplica = facts.role.map { $0 != "master" }
        failQuestions()
        queueSeen = nil
        own.link = facts.own
        own.link?.monitors()
        if guardian != nil && facts.clientID == nil {
            state = .identifying
            output.append { RedisCommand(["CLIENT", "ID"]).encode(into: &$0) }
        } else {
            state = .requested(clientID: facts.clientID)
        }
        output.append { RedisCommand(["MONITOR"]).encode(into: &$0) }
    }

    func consumePrefix(at bytes: RawSpan, limits: RedisFrameLimits) -> ConsumedPrefix {
        guard state == .on else { return .nothing }
        var run = LineRun(bytes, limits, from: number, leavingOut: own)
        take(&run)
        return ConsumedPrefix(byteCount: run.byteCount, largestFrame: run.largestFrame)
    }

    private func take(_ run: inout LineRun) {
        sink.lines(&run)
        if run.count > 0 { lastEvent = now }
        arrivals.add(run.byteCount, longest: run.largestFrame)
    }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let root = frame.root
        let node = frame.node(at: root)
        switch (state, node.kind) {
        case (.identifying, _):
            // Unknown before 5.0, or not permitted: then there is no guard.
            state = .requested(clientID: RESPValue(frame).count)
        case (.requested(let clientID), .simpleString):
            consented(clientID)
        // A line begins with its time, so that the reply to AUTH is none.
        case (.on, .simpleString) where !questions.isEmpty && frame.bytes(of: node).equals("OK"):
            answered(.success(()))
        case (.on, .simpleString):
            var run = LineRun(line: frame.bytes(of: node), from: number, leavingOut: own)
            take(&run)
        case (_, .bulkString) where isAnswer(frame.bytes(of: node)):
            answered(.success(()))
        // A server that is loading or busy says so; that it says anything is the answer.
        case (.on, .simpleError) where !questions.isEmpty:
            let line = frame.errorLine(of: node).description
            answered(.failure(.server(line, at: endpoint, .handshake)))
        // Proposed for RESP3 and sent by no release so far.
        case (.on, .push) where frame.nodeCount == root + 3 && frame.bytes(at: root + 1).equals("monitor"):
            var run = LineRun(line: frame.bytes(at: root + 2), from: number, leavingOut: own)
            take(&run)
        case (_, .simpleError), (_, .bulkError):
            throw .server(frame.errorLine(of: node).description, at: endpoint, .listen)
        default:
            // Pushes of unknown kinds are no reason to stop watching.
            guard node.kind == .push else {
                throw RedisError(.protocolViolation, "a frame that is no line", endpoint: endpoint, phase: .listen)
            }
        }
    }

    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        questions.append(.authentication(authentication.promise))
        own.link?.sends(authentication.command)
        output.append { authentication.command.encode(into: &$0) }
    }

    func authenticationFailed(_ error: RedisError) {
        sink.event(.link(.authenticationFailed(error)))
        sink.turnEnded(isDrained: true)
    }

    private func answered(_ result: Result<Void, RedisError>) {
        if case .authentication(let answer)? = questions.popFirst() { answer.complete(result) }
        if questions.isEmpty { own.link?.settled() }
    }

    /// Whether these are the bytes that the oldest question, a PING, comes back with.
    private func isAnswer(_ bytes: RawSpan) -> Bool {
        questions.peekFirst { question in
            if case .ping(let number) = question { number.equals(bytes) } else { false }
        } ?? false
    }

    private func failQuestions() {
        let lost = RedisError(.connectionLost, "the link is lost", endpoint: endpoint, phase: .handshake)
        while !questions.isEmpty { answered(.failure(lost)) }
    }

    private func consented(_ clientID: Int?) {
        state = .on
        hasServed = true
        arrivals = MonitorArrivals()
        sink.linkChanged(isUp: true)
        sink.serverIsWatched(number, isReplica: isReplica)
        if let lostAt {
            sink.event(.link(.restored(after: lostAt.monotonic.duration(to: now.monotonic), at: endpoint)))
        }
        lostAt = nil
        if gap.trustedUntil != nil { gap.trustedUntil = now }
        for gap in gap.allRestored(at: now) { sink.event(.gap(gap)) }
        answerStarts(.success(()))
        guardian?.assumeIsolated { [endpoint] in $0.linkIsUp(id: clientID, at: endpoint) }
    }

    /// Nobody looks after the queue at the server.
    func reportUnguarded(_ error: RedisError) {
        sink.event(.unguarded(error))
        sink.turnEnded(isDrained: true)
    }

    /// Never less, as long as there is a use for more.
    var demand: LinkDemand { sink.failure.map { .stop($0) } ?? .more }

    func readEnded(isDrained: Bool) { sink.turnEnded(isDrained: isDrained) }

    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {
        // Before the server's consent there is nothing to lose.
        defer { state = .off }
        guardian?.assumeIsolated { $0.linkIsDown() }
        failQuestions()
        guard state == .on else { return }
        sink.linkChanged(isUp: false)
        lose(cause, since: lastReceived)
    }

    private func lose(_ cause: RedisDisconnect, since lastReceived: Moment) {
        now = .now()
        lostAt = now
        gap.linkLost(GapTracker.Loss(cause: cause, lastReceived: lastReceived, lastEvent: lastEvent))
        sink.event(.link(.lost(cause, at: now.wall)))
        sink.turnEnded(isDrained: true)
    }

    /// The server there was the right one at that moment.
    func verified(_ server: RedisEndpoint, at moment: Moment) {
        if server == endpoint { gap.trust(until: moment) }
    }

    /// From now on it is as if a link had been lost to `cause`, over which the last bytes came at `since`.
    func expect(_ cause: RedisDisconnect, since: Moment) {
        hasServed = true
        lose(cause, since: since)
    }

    /// The server is none to be watched any more. A gap that is open ends here.
    func retire() {
        for gap in gap.allRestored(at: .now()) { sink.event(.gap(gap)) }
        sink.turnEnded(isDrained: true)
    }

    func willRetry(_ error: RedisError, after delay: Duration) {
        guard hasServed else { return }
        gap.explain { $0.explained(refusal: error) }
        sink.event(.link(.retrying(error, after: delay)))
        sink.turnEnded(isDrained: true)
    }

    func gaveUp(_ error: RedisError) {
        answerStarts(.failure(error))
        guard hasServed else { return }
        recordRest()
        sink.ended(error)
    }

    /// What is missed up to the end.
    private func recordRest() {
        for gap in gap.ended(at: .now()) { sink.event(.gap(gap)) }
    }

    /// Tells everyone who waits that the object was closed.
    func closed() {
        guardian?.assumeIsolated { $0.end() }
        failQuestions()
        answerStarts(.failure(.closed))
        recordRest()
        sink.ended(nil)
    }

    private func answerStarts(_ result: Result<Void, RedisError>) {
        let waiting = exchange(&starts, with: [])
        for answer in waiting { answer.complete(result) }
    }
}
