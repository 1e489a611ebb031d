extension PubSubDriver {
    // MARK: New credentials

    /// With AUTH in place; in RESP2, where a subscriber may not send it, by another link that takes over.
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        guard !speaksRESP2 || machine.tables.allSatisfy(\.isEmpty) else {
            return requests.handOver(authentication)
        }
        // Like a PING: one reply in its turn, which is no push.
        let answer = Answer<Void> { result in
            authentication.answer.give(result.mapError { $0.at(.handshake) })
        }
        ask(authentication.command, answer, &output)
    }

    func authenticationFailed(_ error: RedisError) {
        broadcast(.link(.authenticationFailed(error)))
        endTurn(isDrained: true)
    }

    // MARK: The old link

    /// Sends a command that has one reply.
    func ask(_ command: RedisCommand, _ answer: Answer<Void>, _ output: inout WriteBuffer) {
        lastPing += 1
        pings[lastPing] = answer
        machine.ping(lastPing)
        output.append { command.encode(into: &$0) }
    }

    /// Looks at a message while a handover is under way, or its end. Returns whether it is to be delivered.
    func handoverAdmits(_ view: borrowing MessageView) -> Bool {
        if let handover { handover.machine.oldReceived(view.digest(seed: handover.seed)) }
        guard skipCount > 0 else { return true }
        skipCount -= 1
        if handover == nil { handoverIsOpen = skipCount > 0 }
        return false
    }

    /// Every name that the server has confirmed.
    var confirmedNames: [(kind: SubscriptionKind, name: RedisBytes)] {
        SubscriptionKind.allCases.flatMap { kind in
            machine.tables[kind].entries.filter(\.isConfirmed).map { (kind, $0.name) }
        }
    }

    /// Keeps a request for later when the names must not change now. Returns whether it did.
    func putsOff(_ request: @escaping HandoverRun.Request) -> Bool {
        guard let handover, handover.isExclusive else { return false }
        handover.requests.append(request)
        return true
    }

    /// The second link is at its beginning again.
    func pauseHandover(_ run: HandoverRun) {
        handoverIsOpen = skipCount > 0
        for request in exchange(&run.requests, with: []) { requests.resume(request) }
    }

    /// Lets go of the second link. The first goes on.
    func endHandover(_ result: Result<Void, RedisError>) {
        handoverIsOpen = skipCount > 0
        guard let run = handover.take() else { return }
        run.authentication.answer.give(result)
        for request in run.requests { requests.resume(request) }
    }

    // MARK: The new link

    /// The link is another from here on. `openPings` of its answers are still to come and nobody's.
    func linkWasReplaced(_ run: HandoverRun, openPings: Int, isProven: Bool, output: inout WriteBuffer) {
        let outstanding = machine.outstandingPings
        for call in outstanding { pings.removeValue(forKey: call) }
        machine.linkWasReplaced(openPings: openPings)
        let continuation = run.machine.continuation
        endHandover(.success(()))
        now = .now()
        if !isProven {
            let text = "changed links for new credentials while messages were too much alike to tell where to go on"
            recordGap(Disconnect(.deadline, text))
        }
        for message in run.held[continuation.from...] {
            let pattern = message.pattern ?? RedisBytes()
            let channel = message.channel
            let payload = message.payload
            deliver(
                MessageView(
                    kind: message.kind,
                    receivedAt: message.receivedAt,
                    pattern: pattern.rawSpan,
                    channel: channel.rawSpan,
                    payload: payload.rawSpan
                )
            )
        }
        // What the accounting of losses had asked the old link is asked again.
        if outstanding.contains(OwnCall.fence) { perform([.fence], &output) }
        skipCount = continuation.skipping
        handoverIsOpen = skipCount > 0
        endTurn(isDrained: true)
    }
}

extension SubscriptionMachine {
    /// Whether the server has answered every command.
    var isQuiet: Bool {
        onTheWire.elementsInOrder.allSatisfy { if case .ping = $0 { true } else { false } }
    }

    /// The link is another, with the same names confirmed.
    mutating func linkWasReplaced(openPings: Int) {
        while onTheWire.popFirst() != nil {}
        for _ in 0..<openPings { ping(0) }
    }
}

extension RedisError {
    /// The same error, of another phase.
    fileprivate func at(_ phase: Phase) -> RedisError {
        var error = self
        error.phase = phase
        return error
    }
}
