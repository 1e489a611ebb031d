/// What a `ControlLink` does on its link: writes commands as they come and gives each reply to the oldest one unanswered.
final class ControlDriver: LinkDriver {
    private struct Sent {
        var command: RedisCommand
        var answer: Answer<RESPValue>
    }

    private var endpoint: Endpoint
    private var isReady = false
    /// On the wire, oldest first. A caller that gave up keeps its place: its reply still comes.
    private var unanswered: [Answer<RESPValue>] = []
    private var answered = 0
    /// Asked for while there was no link.
    private var waiting: [Sent] = []
    private(set) var hasServed = false

    init(endpoint: Endpoint) { self.endpoint = endpoint }

    func send(_ command: RedisCommand, _ answer: Answer<RESPValue>, _ output: inout WriteBuffer) {
        if isReady {
            write(Sent(command: command, answer: answer), &output)
        } else {
            waiting.append(Sent(command: command, answer: answer))
        }
    }

    private func write(_ sent: Sent, _ output: inout WriteBuffer) {
        unanswered.append(sent.answer)
        output.append { sent.command.encode(into: &$0) }
    }

    /// A command in front may block, and is a question of its own, but only as long as someone waits for its reply: a link
    /// that has died meanwhile would otherwise never be found, and hold up every later command.
    var canAskForLife: Bool { unanswered.count == answered || unanswered[answered].isGiven }

    var mayTimeOut: Bool { true }

    func askForLife(output: inout WriteBuffer) {
        unanswered.append(Answer())
        output.append { RedisCommand(["PING"]).encode(into: &$0) }
    }

    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        let answer = Answer<RESPValue> { authentication.answer.give($0.map { _ in }) }
        write(Sent(command: authentication.command, answer: answer), &output)
    }

    /// There is no stream to tell it in; the log has it.
    func authenticationFailed(_ error: RedisError) {}

    func readBegan(at moment: Moment) {}

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        isReady = true
        hasServed = true
        if let server = facts.endpoint { endpoint = server }
        let waiting = exchange(&waiting, with: [])
        for sent in waiting { write(sent, &output) }
    }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        // Out of band: nothing here has asked for any.
        if frame.kind == .push { return }
        guard answered < unanswered.count else {
            let text = "a reply that was not asked for"
            throw RedisError(.protocolViolation, text, endpoint: endpoint, phase: .command)
        }
        let answer = unanswered[answered]
        answered += 1
        if case .error(let line) = RESPValue(frame) {
            answer.give(.failure(.server(line.description, at: endpoint, .command)))
        } else {
            answer.give(.success(RESPValue(frame)))
        }
    }

    func readEnded(isDrained: Bool) {
        unanswered.removeFirst(answered)
        answered = 0
    }

    func linkWasLost(_ cause: Disconnect, lastReceived: Moment) {
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
        for answer in unanswered[answered...] { answer.give(.failure(error)) }
        unanswered = []
        answered = 0
    }

    private func failWaiting(_ error: RedisError) {
        let waiting = exchange(&waiting, with: [])
        for sent in waiting { sent.answer.give(.failure(error)) }
    }
}
