/// What a link does for an `Invalidations`: has the server track, then takes what it tells.
final class TrackingDriver: LinkDriver {
    private var machine: TrackingMachine
    private let endpoint: Endpoint
    private let sink: InvalidationSink
    private var now = Moment.now()
    private var lostAt: Moment?
    private var starts: [Answer<Void>] = []
    /// The commands whose replies are outstanding, oldest first: whether each is a PING of ours.
    private var outstanding: [Bool] = []
    private(set) var hasServed = false

    init(endpoint: Endpoint, prefixes: [RedisBytes], sink: InvalidationSink) {
        self.endpoint = endpoint
        self.sink = sink
        machine = TrackingMachine(prefixes: prefixes)
    }

    /// Answers when the server tracks.
    func started(_ answer: Answer<Void>) {
        if hasServed { answer.give(.success(())) } else { starts.append(answer) }
    }

    /// Nothing that blocks is ever sent here.
    var canAskForLife: Bool { true }

    func askForLife(output: inout WriteBuffer) {
        outstanding.append(true)
        output.append { RedisCommand(["PING"]).encode(into: &$0) }
    }

    func readBegan(at moment: Moment) { now = moment }

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        outstanding = []
        if case .send(let commands) = machine.linkReady(protocolVersion: facts.protocolVersion) {
            send(commands, &output)
        }
    }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let root = frame.root
        switch frame.node(at: root).kind {
        case .push, .array:
            if try told(frame, root, &output) { return }
            if frame.node(at: root).kind == .push { return sink.event(.push(RESPValue(frame))) }
            throw unexpected("an array")
        default:
            // Any answer to a PING is a sign of life, an error too.
            if !answered() { try act(on: machine.replied(RESPValue(frame)), &output) }
        }
    }

    /// Handles what servers tell unasked: in pushes, and in RESP2 in arrays. Returns whether it was known.
    private func told(_ frame: borrowing Frame, _ root: Int, _ output: inout WriteBuffer) throws(RedisError) -> Bool {
        guard frame.nodeCount > root + 2 else { return false }
        let kind = frame.bytes(at: root + 1)
        if kind.equals("invalidate") {
            invalidated(frame, at: root + 2)
            return true
        }
        if kind.equals("message") {
            guard frame.nodeCount > root + 3, frame.bytes(at: root + 2).equals(TrackingMachine.channel) else {
                return false
            }
            // Whoever may publish can send a string there. That is no word of the server's.
            if !frame.node(at: root + 3).isText { invalidated(frame, at: root + 3) }
            return true
        }
        if kind.equals("tracking-redir-broken") {
            sink.event(.flushAll(.redirectBroken))
            throw RedisError(.connectionLost, "the redirection of invalidations is broken", endpoint: endpoint)
        }
        if kind.equals("subscribe") {
            _ = answered()
            try act(on: machine.subscribed(), &output)
            return true
        }
        return kind.equals("pong") && answered()
    }

    /// The oldest command has its reply. Returns whether it was a PING.
    private func answered() -> Bool { outstanding.isEmpty ? false : outstanding.removeFirst() }

    /// Reads the list of keys at `index`; null means all.
    private func invalidated(_ frame: borrowing Frame, at index: Int) {
        let node = frame.node(at: index)
        let keys = (index + 1)..<frame.nodeCount
        if node.kind == .array, keys.count == node.length, keys.allSatisfy({ frame.node(at: $0).isText }) {
            for key in keys { sink.key(frame.bytes(at: key)) }
            sink.endOfKeys()
        } else {
            // What has another shape says at least that something has changed.
            sink.event(.flushAll(.serverFlushed))
        }
    }

    private func act(on action: TrackingMachine.Action, _ output: inout WriteBuffer) throws(RedisError) {
        switch action {
        case .send(let commands): send(commands, &output)
        case .wait: break
        case .stands: stands()
        case .fail(.unsupported, let line):
            var error = RedisError(
                .unsupported,
                "the server has no CLIENT TRACKING (Redis 6.0)",
                endpoint: endpoint,
                phase: .subscribe
            )
            error.serverMessage = line
            throw error
        case .fail(.serverError, let line): throw .server(line, at: endpoint, .subscribe)
        case .fail(let code, let text): throw RedisError(code, text, endpoint: endpoint, phase: .subscribe)
        }
    }

    private func send(_ commands: [RedisCommand], _ output: inout WriteBuffer) {
        outstanding += commands.map { _ in false }
        output.append { buffer in
            for command in commands { command.encode(into: &buffer) }
        }
    }

    private func stands() {
        hasServed = true
        if let lostAt {
            sink.event(.link(.restored(after: lostAt.monotonic.duration(to: now.monotonic))))
            sink.event(.flushAll(.trackingResumed))
        }
        lostAt = nil
        answerStarts(.success(()))
    }

    func readEnded(isDrained: Bool) { sink.turnEnded() }

    func linkWasLost(_ cause: Disconnect, lastReceived: Moment) {
        machine.linkLost()
        // Before the server has tracked for the first time nothing can be cached by its word.
        guard hasServed else { return }
        now = .now()
        lostAt = lostAt ?? now
        sink.event(.link(.lost(cause, at: now.wall)))
        sink.event(.flushAll(.linkLost(cause)))
        sink.turnEnded()
    }

    func willRetry(_ error: RedisError, after delay: Duration) {
        guard hasServed else { return }
        sink.event(.link(.retrying(error, after: delay)))
        sink.turnEnded()
    }

    func gaveUp(_ error: RedisError) {
        answerStarts(.failure(error))
        if hasServed { sink.ended(error) }
    }

    /// Tells everyone who waits that the object was closed.
    func closed() {
        answerStarts(.failure(.closed))
        sink.ended(nil)
    }

    private func answerStarts(_ result: Result<Void, RedisError>) {
        let waiting = exchange(&starts, with: [])
        for answer in waiting { answer.give(result) }
    }

    private func unexpected(_ what: String) -> RedisError {
        RedisError(.protocolViolation, "\(what) has no place here", endpoint: endpoint, phase: .listen)
    }
}
