/// The link of an `Invalidations`: makes the server track keys, and receives the invalidations.
final class TrackingDriver: LinkDriver {
    private var machine: TrackingMachine
    private var endpoint: RedisEndpoint
    private let sink: any InvalidationSink
    /// Is told when the link was heard; `nil` if nobody asks.
    private let lease: TrackingLease?
    private let leasedLink: Int
    /// The keys of the invalidation that is being read.
    private var keyList: [UInt8] = []
    /// Above this size, the memory of an unusually long list is freed after use.
    private static let keptCapacity = 64 << 10
    private var now = Moment.now()
    /// When the current read began, if somebody asks when the link was heard.
    private var readAt: Int64 = .min
    private var lostAt: Moment?
    private var starts: [Promise<Void>] = []
    private enum Outstanding {
        case command, ping
        case authentication(Promise<Void>)
    }

    /// The commands whose replies are outstanding, oldest first.
    private var outstanding: [Outstanding] = []
    private var speaksRESP2 = false
    private(set) var hasServed = false

    init(endpoint: RedisEndpoint, prefixes: [RedisBytes], lease: TrackingLease?, sink: sending any InvalidationSink) {
        self.endpoint = endpoint
        self.sink = sink
        self.lease = lease
        leasedLink = lease?.addLink() ?? 0
        machine = TrackingMachine(prefixes: prefixes)
    }

    /// Completes the promise when the server tracks.
    func started(_ promise: Promise<Void>) {
        if hasServed { promise.complete(.success(())) } else { starts.append(promise) }
    }

    /// No blocking command is ever sent on this link.
    var canSendHeartbeat: Bool { true }

    func sendHeartbeat(output: inout WriteBuffer) {
        outstanding.append(.ping)
        output.append { RedisCommand(["PING"]).encode(into: &$0) }
    }

    /// In RESP2 this link is a subscriber, which may not send AUTH. There, the next connect uses the new credentials.
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        guard !speaksRESP2 else {
            let text = "a RESP2 link for invalidations takes new credentials when it is opened again"
            return authentication.promise.complete(.failure(RedisError(.unsupported, text)))
        }
        outstanding.append(.authentication(authentication.promise))
        output.append { authentication.command.encode(into: &$0) }
    }

    func authenticationFailed(_ error: RedisError) {
        sink.event(.link(.authenticationFailed(error)))
        sink.turnEnded(isDrained: true)
    }

    /// From now on, the driver behaves as if a link had been lost to `cause` after its last bytes came at `since`.
    func expect(_ cause: RedisDisconnect, since: Moment) {
        hasServed = true
        lostAt = since
        sink.event(.link(.lost(cause, at: since.wall)))
        sink.event(.flushAll(.linkLost(cause)))
        sink.turnEnded(isDrained: true)
    }

    func readBegan(at moment: Moment) {
        now = moment
        if lease != nil { readAt = SteadyClock.now }
    }

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        failAuthentications()
        if let server = facts.endpoint { endpoint = server }
        speaksRESP2 = facts.protocolVersion < 3
        if case .send(let commands) = machine.linkReady(protocolVersion: facts.protocolVersion) {
            send(commands, &output)
        }
    }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let root = frame.root
        switch frame.node(at: root).kind {
        case .push, .array:
            if try told(frame, root, &output) { return }
            if frame.node(at: root).kind == .push { return unknownPush(frame) }
            throw unexpected("an array")
        default:
            // Any reply to a PING shows that the server is alive, even an error.
            let reply = RESPValue(frame)
            if !answered(reply) { try act(on: machine.replied(reply), &output) }
        }
    }

    /// Handles what servers send without a request: pushes, and arrays in RESP2. Returns whether the frame was known.
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
            // Anybody who may publish can send a string to this channel. A string does not come from the server.
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

    private func unknownPush(_ frame: borrowing Frame) {
        let bytes = frame.heldBytesOfValue
        let isTaken = bytes <= sink.roomForPushes
        sink.event(isTaken ? .push(RESPValue(frame)) : .flushAll(.dropped(RedisDrop(count: 1, bytes: bytes))))
    }

    /// Handles the reply to the oldest command. Returns whether that command was a PING or AUTH.
    private func answered(_ reply: RESPValue = .null) -> Bool {
        guard !outstanding.isEmpty else { return false }
        switch outstanding.removeFirst() {
        case .command: return false
        case .ping: return true
        case .authentication(let promise):
            if case .error(let line) = reply {
                promise.complete(.failure(.server(line.description, at: endpoint, .handshake)))
            } else {
                promise.complete(.success(()))
            }
            return true
        }
    }

    /// Fails the authentications that will get no reply any more.
    private func failAuthentications() {
        let lost = RedisError(.connectionLost, "the link is lost", endpoint: endpoint, phase: .handshake)
        for case .authentication(let promise) in exchange(&outstanding, with: []) { promise.complete(.failure(lost)) }
    }

    /// Reads the list of keys at `index`. Null means all keys.
    private func invalidated(_ frame: borrowing Frame, at index: Int) {
        let node = frame.node(at: index)
        let keys = (index + 1)..<frame.nodeCount
        if node.kind == .array, keys.count == node.length, keys.allSatisfy({ frame.node(at: $0).isText }) {
            for key in keys { KeyList.append(frame.bytes(at: key), to: &keyList) }
            sink.keys(keyList.span.rawBytes)
            keyList.removeAll(keepingCapacity: keyList.count <= Self.keptCapacity)
        } else {
            // An unknown form still says that something has changed.
            sink.event(.flushAll(.serverFlushed))
        }
    }

    private func act(on action: TrackingMachine.Action, _ output: inout WriteBuffer) throws(RedisError) {
        switch action {
        case .send(let commands): send(commands, &output)
        case .wait: break
        case .tracking: trackingBegan()
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
        outstanding += commands.map { _ in .command }
        output.append { buffer in
            for command in commands { command.encode(into: &buffer) }
        }
    }

    private func trackingBegan() {
        hasServed = true
        if let lostAt {
            sink.event(.link(.restored(after: lostAt.monotonic.duration(to: now.monotonic), at: endpoint)))
            sink.event(.flushAll(.trackingResumed))
        }
        lostAt = nil
        answerStarts(.success(()))
    }

    func readEnded(isDrained: Bool) {
        sink.turnEnded(isDrained: isDrained)
        if isDrained, machine.isTracking { lease?.heard(leasedLink, at: readAt) }
    }

    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {
        machine.linkLost()
        failAuthentications()
        // Before the server has tracked for the first time, nothing can be cached.
        guard hasServed else { return }
        now = .now()
        lostAt = lostAt ?? now
        sink.event(.link(.lost(cause, at: now.wall)))
        sink.event(.flushAll(.linkLost(cause)))
        sink.turnEnded(isDrained: true)
    }

    func willRetry(_ error: RedisError, after delay: Duration) {
        guard hasServed else { return }
        sink.event(.link(.retrying(error, after: delay)))
        sink.turnEnded(isDrained: true)
    }

    func gaveUp(_ error: RedisError) {
        answerStarts(.failure(error))
        // A link that has not served may be started again, and stays part of the watch.
        guard hasServed else { return }
        lease?.removeLink(leasedLink)
        sink.ended(error)
    }

    /// Completes all waiting promises, because the object was closed.
    func closed() {
        lease?.removeLink(leasedLink)
        answerStarts(.failure(.closed))
        sink.ended(nil)
    }

    private func answerStarts(_ result: Result<Void, RedisError>) {
        let waiting = exchange(&starts, with: [])
        for promise in waiting { promise.complete(result) }
    }

    private func unexpected(_ what: String) -> RedisError {
        RedisError(.protocolViolation, "\(what) has no place here", endpoint: endpoint, phase: .listen)
    }
}
