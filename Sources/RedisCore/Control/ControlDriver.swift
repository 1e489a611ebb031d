/// What a `ControlLink` does on its link: writes commands as they come and gives each reply to the oldest one
/// unanswered.
final class ControlDriver: LinkDriver {
    /// Who is to get a reply.
    struct Recipient {
        var promise: Promise<RESPValue>
        /// Is called in place of the promise, whose completion still says that nobody waits any more.
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
        /// Goes right before it; its reply is nobody's.
        var prefix: RedisCommand?
        var recipient: Recipient
    }

    private var endpoint: RedisEndpoint
    private var isReady = false
    /// On the wire, oldest first. A caller that gave up keeps its place: its reply still comes.
    private var unanswered: [Recipient] = []
    private var answered = 0
    /// Asked for while there was no link.
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

    /// Whether the command of `promise` waits for the link.
    func keeps(_ promise: Promise<RESPValue>) -> Bool { waiting.contains { $0.recipient.promise === promise } }

    /// A command in front may block, and is a question of its own, but only as long as someone waits for its reply: a
    /// link that has died meanwhile would otherwise never be found, and hold up every later command.
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

    /// There is no stream to tell it in; the log has it.
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
        // Out of band: nothing here has asked for any.
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
        // Commands that were never sent need not wait out an outage; their callers decide.
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

/// What becomes of a command on a `ControlLink`.
package enum ControlOutcome: Sendable {
    /// The server answered, perhaps with an error.
    case replied(Result<RESPValue, RedisError>)
    /// It was on the wire when the link ended: whether it was executed is not known.
    case lost(RedisError)
    /// It was never written.
    case unsent(RedisError)
}
