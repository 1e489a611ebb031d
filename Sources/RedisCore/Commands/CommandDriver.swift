internal import RedisPOSIX
internal import RedisRESP
internal import RedisReactor

/// The driver of a `CommandLink`: writes what its inbox holds, and gives each reply to the oldest command without one.
final class CommandDriver: LinkDriver {
    let inbox: CommandInbox
    private let outage: CommandLink.Outage
    private let loop: RedisEventLoop
    private let observer: (any RedisCommandObserver)?
    private var endpoint: RedisEndpoint
    private var queue = CommandQueue()
    /// Empty but for its room, which one turn after the other uses.
    private var taken: [CommandSlot] = []
    private var isReady = false
    private(set) var hasServed = false
    private var own: OwnLink?
    /// Whether the end of a wait for callers is scheduled.
    private var isWaiting = false
    /// How many bytes at the end of the output were discarded with the connection.
    private var unwritten = 0
    /// What the server said about itself when the link was opened last.
    private(set) var facts: ServerFacts?
    /// When the deadlines are checked next.
    var expiry: (due: LinkTime, call: ScheduledCall)?

    init(
        endpoint: RedisEndpoint,
        inbox: CommandInbox,
        outage: CommandLink.Outage,
        on loop: RedisEventLoop,
        observer: (any RedisCommandObserver)? = nil
    ) {
        self.loop = loop
        self.observer = observer
        self.endpoint = endpoint
        self.inbox = inbox
        self.outage = outage
    }

    // MARK: Commands

    /// Takes what was handed over, and writes it if the link is up.
    func take(_ output: inout WriteBuffer) {
        let suspendedDeadline = inbox.take(into: &taken)
        let now = LinkTime.now
        queue.take(taken, at: now)
        taken.removeAll(keepingCapacity: taken.capacity <= 1024)
        queue.note(suspendedDeadline)
        if isReady { queue.write(to: &output, at: now, witness) }
    }

    /// Registers commands of ours for the monitors of this process, if there are any.
    private var witness: ((CommandSlot) -> Void)? {
        guard let own else { return nil }
        return { slot in slot.forEachCommand { own.sends($0, isPlaced: true) } }
    }

    private func write(_ command: RedisCommand, _ recipient: CommandRecipient, _ output: inout WriteBuffer) {
        let slot = CommandSlot(command, id: CommandSlot.ofLink, timeout: nil, recipient)
        inbox.count(slot)
        queue.write(slot, to: &output, at: .now, witness)
    }

    /// Ends the wait for the slots with these numbers. The slots of one batch have the same, and some of them may be on
    /// the wire while others wait for room.
    func cancel(_ ids: Set<Int>) {
        queue.cancel(ids)
        for slot in inbox.takeSuspended(where: { ids.contains($0.id) }) {
            slot.recipient.fail(.taskCancelled.with(.notExecuted), writtenBytes: 0)
        }
        releaseLeft()
    }

    /// The next time at which a deadline may pass.
    var deadline: LinkTime { queue.deadline }

    /// Ends the waits whose deadline has passed.
    func expire(at now: LinkTime) {
        queue.expire(at: now)
        let statistics = inbox.statistics
        for slot in inbox.takeSuspended(where: { $0.due <= now }) {
            slot.recipient.fail(.noRoom(statistics), writtenBytes: 0)
        }
        queue.note(inbox.suspendedDeadline)
        releaseLeft()
    }

    private func releaseLeft() { inbox.release(queue.takeLeft()) }

    /// Whether nobody waits for anything.
    var isIdle: Bool { queue.isIdle && inbox.isIdle }

    // MARK: The link

    var endsWithConnection: Bool { outage == .end }

    /// A command in front may block, and its reply shows that the server is alive. But this counts only while someone
    /// waits for that reply: otherwise a dead link would never be found, and every later command would wait.
    var canSendHeartbeat: Bool { !queue.isAwaited }

    var mayTimeOut: Bool { true }

    func sendHeartbeat(output: inout WriteBuffer) { write(["PING"], .nobody, &output) }

    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        let recipient = CommandRecipient.call { reply in authentication.promise.complete(reply.map { _ in }) }
        write(authentication.command, recipient, &output)
    }

    /// There is no event stream for this error; the log has it.
    func authenticationFailed(_ error: RedisError) {}

    func readBegan(at moment: Moment) {}

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        isReady = true
        hasServed = true
        if let server = facts.endpoint { endpoint = server }
        self.facts = facts
        own = facts.own
        observer?.linkOpened(to: endpoint, after: facts.answerTime)
        unwritten = 0
        queue.opened()
        if outage == .fail { _ = inbox.refuse(nil) }
        queue.write(to: &output, at: .now, witness)
    }

    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        // This is not a reply, and no command here asks for pushes.
        if frame.kind == .push { return }
        guard queue.expectsReply else {
            let text = "a reply that was not asked for"
            throw RedisError(.protocolViolation, text, endpoint: endpoint, phase: .command)
        }
        queue.received(frame, from: endpoint)
    }

    func readEnded(isDrained: Bool) {
        releaseLeft()
        passAnswers()
        if !queue.expectsReply { own?.settled() }
    }

    /// Lets the tasks go on whose replies have come, and has the loop wait a moment for what they send next.
    private func passAnswers() {
        if let wait = inbox.expect(queue.answerCount), !isWaiting { endShortly(wait) }
        queue.passAnswers()
    }

    private func endShortly(_ wait: Int) {
        isWaiting = true
        loop.shortly { [weak self] in
            guard let self else { return }
            isWaiting = false
            if let later = inbox.endWait(wait) { endShortly(later) }
        }
    }

    func outputWasDiscarded(_ byteCount: Int) { unwritten += byteCount }

    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {
        isReady = false
        queue.passAnswers()
        observer?.linkClosed(to: endpoint, because: cause.reason.description)
        let error = RedisError(.connectionLost, "\(cause.description) before the reply came", endpoint: endpoint)
        end(error.at(endpoint, .command))
        if outage == .fail || outage == .end { failWaiting(error.at(endpoint, .command), isRefusing: true) }
    }

    private func end(_ error: RedisError) {
        queue.lost(error, unwritten: exchange(&unwritten, with: 0), keepsUnwritten: outage == .wait)
        releaseLeft()
    }

    func willRetry(_ error: RedisError, after delay: Duration) {
        switch outage {
        case .wait: queue.attemptFailed(error)
        case .failByAttempt: failWaiting(error)
        case .fail, .end: failWaiting(error, isRefusing: hasServed)
        }
    }

    func gaveUp(_ error: RedisError) {
        if isReady { observer?.linkClosed(to: endpoint, because: error.code.description) }
        isReady = false
        queue.passAnswers()
        end(error)
        // If no link has served, the session may be started again.
        let isOver = hasServed || error.code == .closed
        if isOver { expiry.take()?.call.cancel() }
        // The loss of a link that ends with its connection has told already why it takes nothing any more.
        if outage == .end && hasServed && error.code != .closed { return }
        failWaiting(error, isRefusing: isOver)
    }

    /// Fails the commands that are not written.
    func failWaiting(_ error: RedisError, isRefusing: Bool = false) {
        queue.failWaiting(error)
        if isRefusing {
            for slot in inbox.refuse(error.with(.notExecuted)) {
                slot.recipient.fail(error.with(.notExecuted), writtenBytes: 0)
            }
        }
        releaseLeft()
    }
}

extension RedisError {
    fileprivate static func noRoom(_ statistics: RedisLinkStatistics) -> RedisError {
        let text = """
            not sent in time, because the link is full: \(statistics.commands) commands of \(statistics.bytes) bytes are on \
            their way (RedisInFlightLimit)
            """
        return RedisError(.timedOut, text, phase: .command).with(.notExecuted)
    }
}
