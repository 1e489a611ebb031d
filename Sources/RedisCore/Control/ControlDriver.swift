/// The driver of a `ControlLink`: writes commands as they come, and gives each reply to the oldest command without one.
final class ControlDriver: LinkDriver {
    /// The receiver of a reply.
    struct Recipient {
        var promise: Promise<RESPValue>
        /// Called in place of completing the promise. A completed promise still says that nobody waits any more.
        var review: (@Sendable (ControlOutcome) -> Void)?

        func take(_ outcome: ControlOutcome) {
            if let review { return review(outcome) }
            switch outcome {
            case .replied(let result): promise.complete(result)
            case .lost(let error), .unsent(let error): promise.complete(.failure(error))
            }
        }
    }

    private struct Waiting {
        var command: RedisCommand
        /// A command that is sent directly before the other one. Its reply is discarded.
        var prefix: RedisCommand?
        var recipient: Recipient
    }

    private var endpoint: RedisEndpoint
    private var isReady = false
    /// Commands on the wire, oldest first. A command whose caller gave up keeps its place, because its reply still
    /// comes.
    private var unanswered: [Recipient] = []
    private var answered = 0
    /// Commands that were sent while there was no link.
    private var waiting: [Waiting] = []
    private(set) var hasServed = false
    private var own: OwnLink?

    init(endpoint: RedisEndpoint) { self.endpoint = endpoint }

    func send(
        _ command: RedisCommand,
        behind prefix: RedisCommand? = nil,
        _ recipient: Recipient,
        _ output: inout WriteBuffer
    ) {
        let item = Waiting(command: command, prefix: prefix, recipient: recipient)
        if isReady { write(item, &output) } else { waiting.append(item) }
    }

    private func write(_ item: Waiting, _ output: inout WriteBuffer) {
        if let prefix = item.prefix {
            unanswered.append(Recipient(promise: Promise()))
            own?.sends(prefix, isPlaced: true)
            output.append { prefix.encode(into: &$0) }
        }
        unanswered.append(item.recipient)
        own?.sends(item.command, isPlaced: true)
        output.append { item.command.encode(into: &$0) }
    }

    /// Whether nobody waits for anything.
    var isIdle: Bool { unanswered.count == answered && waiting.isEmpty }

    /// Whether the command of `promise` waits for a link.
    func keeps(_ promise: Promise<RESPValue>) -> Bool { waiting.contains { $0.recipient.promise === promise } }

    /// A command in front may block, and its reply shows that the server is alive. But this counts only while someone
    /// waits for that reply: otherwise a dead link would never be found, and every later command would wait.
    var canSendHeartbeat: Bool { unanswered.count == answered || unanswered[answered].promise.isCompleted }

    var mayTimeOut: Bool { true }

    func sendHeartbeat(output: inout WriteBuffer) {
        let command: RedisCommand = ["PING"]
        unanswered.append(Recipient(promise: Promise()))
        own?.sends(command, isPlaced: true)
        output.append { command.encode(into: &$0) }
    }

    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        let promise = Promise<RESPValue> { reply in authentication.promise.complete(reply.map { _ in }) }
        write(Waiting(command: authentication.command, recipient: Recipient(promise: promise)), &output)
    }

    /// There is no event stream for this error; the log has it.
    func authenticationFailed(_ error: RedisError) {}

    func readBegan(at moment: Moment) {}

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        isReady = true
        hasServed = true
        if let server = facts.endpoint { endpoint = server }
        own = facts.own
        let waiting = exchange(&waiting, with: [])
        for item in waiting { write(item, &output) }
    }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        // This is not a reply, and no command here asks for pushes.
        if frame.kind == .push { return }
        guard answered < unanswered.count else {
            let text = "a reply that was not asked for"
            throw RedisError(.protocolViolation, text, endpoint: endpoint, phase: .command)
        }
        let recipient = unanswered[answered]
        answered += 1
        let reply = RESPValue(frame)
        if case .error(let line) = reply {
            recipient.take(.replied(.failure(.server(line.description, at: endpoint, .command))))
        } else {
            recipient.take(.replied(.success(reply)))
        }
    }

    func readEnded(isDrained: Bool) {
        unanswered.removeFirst(answered)
        if answered > 0 && unanswered.isEmpty { own?.settled() }
        answered = 0
    }

    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {
        isReady = false
        let text = "\(cause.description) before the reply came; whether the command was executed is not known"
        failUnanswered(RedisError(.connectionLost, text, endpoint: endpoint, phase: .command))
    }

    func willRetry(_ error: RedisError, after delay: Duration) {
        // Commands that were never sent need not wait for the end of an outage; their callers decide.
        failWaiting(error)
    }

    func gaveUp(_ error: RedisError) {
        isReady = false
        failUnanswered(error)
        failWaiting(error)
    }

    private func failUnanswered(_ error: RedisError) {
        let lost = exchange(&unanswered, with: [])[answered...]
        answered = 0
        for recipient in lost { recipient.take(.lost(error)) }
    }

    func failWaiting(_ error: RedisError) {
        let waiting = exchange(&waiting, with: [])
        for item in waiting { item.recipient.take(.unsent(error)) }
    }
}

/// The outcome of a command on a `ControlLink`.
package enum ControlOutcome: Sendable {
    /// The server replied, perhaps with an error.
    case replied(Result<RESPValue, RedisError>)
    /// The link ended while the command was on the wire. It is not known whether the command was executed.
    case lost(RedisError)
    /// The command was never written.
    case unsent(RedisError)
}
