/// What a link does that is to take over from another: subscribes to the same in RESP2, and hands on what comes.
final class HandoverDriver: LinkDriver {
    private var machine: SubscriptionMachine
    private let endpoint: Endpoint
    private let seed: UInt64
    private let report: @Sendable (HandoverReport) -> Void
    private var isConfirmed = false
    private var now = Moment.now()

    /// It is served when it is taken over; until then a failure is a failed attempt.
    var hasServed: Bool { false }

    init(
        _ configuration: RedisConfiguration,
        isInCluster: Bool,
        seed: UInt64,
        _ report: @escaping @Sendable (HandoverReport) -> Void
    ) {
        machine = SubscriptionMachine(
            batchSize: configuration.subscribeBatchSize,
            seed: seed,
            isInCluster: isInCluster
        )
        endpoint = configuration.endpoint
        self.seed = seed
        self.report = report
    }

    /// Subscribes to names, of which there is at least one.
    func subscribe(_ names: [(kind: SubscriptionKind, name: RedisBytes)], _ output: inout WriteBuffer) {
        machine.forgetAll()
        for kind in SubscriptionKind.allCases {
            let wishes = names.filter { $0.kind == kind }.map { SubscriptionMachine.Wish(name: $0.name) }
            _ = machine.subscribe(kind, wishes, call: 0)
        }
        for case .send(let command) in machine.linkReady() { output.append { command.encode(into: &$0) } }
    }

    func ask(_ output: inout WriteBuffer) {
        machine.ping(0)
        output.append { RedisCommand(["PING"]).encode(into: &$0) }
    }

    /// How many PINGs wait for their answers.
    var openPings: Int { machine.outstandingPings.count }

    private func run(_ actions: [SubscriptionMachine.Action], _ output: inout WriteBuffer) throws(RedisError) {
        for action in actions {
            switch action {
            case .send(let command): output.append { command.encode(into: &$0) }
            case .fence: break  // nothing is unsubscribed here
            case .refused(let refusal): throw refusal.error
            case .depart(_, let error): throw error
            case .allRestored:
                isConfirmed = true
                report(.confirmed)
            case .retryLater:
                throw RedisError(.serverError, "the server takes no subscriptions now", endpoint: endpoint)
            case .resolve, .changed, .release: break
            }
        }
    }

    // MARK: The link

    // Whoever is taken over from has the time in its hands.
    var canAskForLife: Bool { false }
    func askForLife(output: inout WriteBuffer) {}

    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        authentication.answer.give(.failure(RedisError(.closed, "not on this link")))
    }

    func authenticationFailed(_ error: RedisError) {}

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) { report(.ready) }

    func readBegan(at moment: Moment) { now = moment }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let root = frame.root
        let node = frame.node(at: root)
        switch node.kind {
        case .array, .push: try push(frame, root, node.length, &output)
        case .simpleError, .bulkError:
            let line = String(decoding: RedisBytes(copying: frame.bytes(of: node)), as: UTF8.self)
            let error = RedisError.server(line, at: endpoint, .subscribe)
            if machine.nextIsPing, machine.answered() != nil {
                report(.answered)
            } else if let actions = machine.refused(error) {
                try run(actions, &output)
            } else {
                throw error
            }
        default: try pong()
        }
    }

    private func push(_ frame: borrowing Frame, _ root: Int, _ count: Int, _ output: inout WriteBuffer)
        throws(RedisError)
    {
        let nodes = frame.nodes
        guard count >= 2, nodes.count == root + count + 1, nodes[root + 1].isText,
            let kind = PushKind(frame.bytes(at: root + 1))
        else { throw unexpected }
        switch kind {
        case .pong: try pong()
        case .message(let kind):
            guard count == (kind == .pmessage ? 4 : 3), (2...count).allSatisfy({ nodes[root + $0].isText }) else {
                throw unexpected
            }
            // What comes before everything is subscribed the old link has too.
            guard isConfirmed else { return }
            let view = MessageView(
                kind: kind,
                receivedAt: now.wall,
                pattern: kind == .pmessage ? frame.bytes(at: root + 2) : RawSpan(),
                channel: frame.bytes(at: root + count - 1),
                payload: frame.bytes(at: root + count)
            )
            report(.message(Message(view), digest: view.digest(seed: seed)))
        case .confirmation(let verb, let kind):
            guard count == 3, nodes[root + 2].isText, nodes[root + 3].kind == .integer else { throw unexpected }
            let name = frame.bytes(at: root + 2)
            if let actions = machine.confirmed(verb, kind, name, count: nodes[root + 3].length) {
                try run(actions, &output)
            } else if verb == .unsubscribe {
                report(.revoked)
            } else {
                throw unexpected
            }
        }
    }

    private func pong() throws(RedisError) {
        guard machine.answered() != nil else { throw unexpected }
        report(.answered)
    }

    private var unexpected: RedisError {
        RedisError(.protocolViolation, "a frame that has no place on a subscribed link", endpoint: endpoint)
    }

    func readEnded(isDrained: Bool) {}

    func linkWasLost(_ cause: Disconnect, lastReceived: Moment) {
        isConfirmed = false
        _ = machine.linkLost()
        report(.lost)
    }

    func willRetry(_ error: RedisError, after delay: Duration) {}

    func gaveUp(_ error: RedisError) { report(.failed(error)) }
}

extension MessageView {
    /// Tells messages apart. Who publishes does not know the seed, and cannot make two look alike.
    func digest(seed: UInt64) -> UInt64 {
        let names = channel.hash(seed: pattern.hash(seed: seed &+ UInt64(kind.rawValue)))
        return payload.hash(seed: names)
    }
}
