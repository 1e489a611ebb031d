/// Combines two links into one for the user. The links put their events here; to the user it looks like one link that
/// is lost only when both links are lost.
///
/// Each link is an ordinary one with a context of its own, which has no handlers. The handlers, the dedicated
/// subscriptions, the waiting callers and the record of losses are here. The object belongs to the loop. It is called
/// in the middle of a link's work, so what it needs from a link it requests later.
final class MirroredSubscriptions {
    /// The state of a link.
    struct LinkState {
        /// Whether the link was lost and has not reported its own gap yet.
        var isLost = false
        /// Whether the link will not be opened again.
        var hasEnded = false
        /// Whether the link has ended after it had served, so that there is a stream that ends.
        var hasServed = false
        var lastReceived = Moment.now()
        /// Until when the link has left out messages of these names as repetitions. Kept for some windows, because the
        /// other link may report its own late.
        var leftOut: [RedisGap.Name: ContinuousClock.Instant] = [:]
    }

    let context: PubSubContext
    weak var links: MirrorLinks?
    var machine: MirrorMachine<PubSub.Message>
    var names = MirroredNames()
    var loss = MirroredLoss()
    var states = MirrorPair(LinkState(), LinkState())
    private var mirrorClock = MirrorClock()
    var now = Moment.now()
    private var readAt: ContinuousClock.Instant?
    private var lastEvent: Moment?
    private var changedDedicated: [DedicatedSubscription] = []
    private var timerIsSet = false

    init(_ context: PubSubContext, window: Duration) {
        self.context = context
        machine = MirrorMachine(MirrorMachine.Settings(window: window))
    }

    /// The time of the machine.
    var clock: ContinuousClock.Instant { mirrorClock.reading(at: now.monotonic) }

    // MARK: The links

    func readBegan(at instant: ContinuousClock.Instant, _ side: MirrorSide) {
        now = Moment(wall: .now(), monotonic: instant)
        readAt = instant
        states[side].lastReceived = now
        context.sink.readBegan(at: instant)
        advance()
    }

    func readingPaused(_ isPaused: Bool, _ side: MirrorSide) {
        guard let stands = mirrorClock.setPaused(side, isPaused, at: .now) else { return }
        context.sink.readingPaused(stands)
    }

    func turnEnded(isDrained: Bool) {
        advance()
        closeGapIfRestored()
        context.sink.turnEnded(isDrained: isDrained)
        let at = readAt.take()
        for dedicated in exchange(&changedDedicated, with: []) {
            dedicated.turnEnded(at: at)
            if dedicated.mailbox.pressure == .failed {
                links?.enqueue(.removeDedicated(dedicated.mailbox, Promise()))
            }
        }
        setTimer()
    }

    private func setTimer() {
        guard !timerIsSet, let due = machine.nextDue, let links else { return }
        timerIsSet = true
        links.call(after: clock.duration(to: due))
    }

    /// Called when a link has answered the PING that the machine asked for.
    func answered(_ ping: MirrorMachine<PubSub.Message>.Ping) {
        now = .now()
        machine.answered(ping, at: clock)
        turnEnded(isDrained: true)
    }

    /// Does what is due.
    func timerFired() {
        timerIsSet = false
        now = .now()
        advance()
        turnEnded(isDrained: true)
    }

    private func advance() {
        machine.advance(to: clock)
        perform(machine.takeActions())
    }

    private func perform(_ actions: [MirrorMachine<PubSub.Message>.Action]) {
        for action in actions {
            switch action {
            case .deliver(let messages): deliver(messages)
            case .gap(let names):
                recordGap(
                    names,
                    "two nodes differ, and counting does not tell what is missing",
                    since: machine.settings.window
                )
            case .ping(let side, let ping): links?.ping(side, ping)
            case .restored(let names): loss.restored(names)
            }
        }
    }

    // MARK: Losses

    func wasLost(_ side: MirrorSide, _ cause: RedisDisconnect) {
        now = .now()
        states[side].isLost = true
        report(machine.lost(side, at: clock), cause, states[side].lastReceived, side)
    }

    /// Reports what may be missing, or is, since a link or its subscription to a name has ended.
    func report(
        _ found: MirrorMachine<PubSub.Message>.Loss,
        _ cause: RedisDisconnect,
        _ since: Moment,
        _ side: MirrorSide
    ) {
        if !found.uncovered.isEmpty {
            loss.begin(trackedLoss(cause, since, found.uncovered), found.uncovered, side)
        }
        if !found.unproven.isEmpty { recordGap(trackedLoss(cause, since, found.unproven)) }
        deliver(found.held)
    }

    /// Handles that a link has left out messages of these names as repetitions, since that moment and until now. Those
    /// that were new have come by way of the other link, if it was full all the time and has left out none itself.
    func leftOut(_ left: [RedisGap.Name], since: Moment, _ side: MirrorSide) {
        now = .now()
        let start = clock - since.monotonic.duration(to: now.monotonic)
        let missed = left.filter { missed in
            guard let name = names.find(missed.kind, missed.name.rawSpan) else { return false }
            if let end = states[side.other].leftOut[missed], end >= since.monotonic { return true }
            return !machine.hasDelivered(name.number, leftOutBy: side, since: start)
        }
        for side in MirrorSide.allCases {
            let oldest = now.monotonic - RecentMessages.window * 10
            states[side].leftOut = states[side].leftOut.filter { $0.value > oldest }
        }
        for name in left { states[side].leftOut[name] = now.monotonic }
        if !missed.isEmpty {
            let text = "what a node repeated was left out, and an equal message may be among it"
            recordGap(trackedLoss(RedisDisconnect(.unproven, text), since, missed))
        }
        turnEnded(isDrained: true)
    }

    /// Records a gap that is over already.
    func recordGap(_ loss: GapTracker.Loss) {
        var tracker = GapTracker()
        tracker.linkLost(loss)
        for gap in tracker.allRestored(at: now) { announce(gap) }
    }

    private func recordGap(_ names: [RedisGap.Name], _ text: String, since: Duration) {
        let from = Moment(
            wall: RedisTimestamp(microseconds: now.wall.microseconds - Int64(since / .microseconds(1))),
            monotonic: now.monotonic - since
        )
        recordGap(trackedLoss(RedisDisconnect(.unproven, text), from, names))
    }

    private func trackedLoss(_ cause: RedisDisconnect, _ from: Moment, _ names: [RedisGap.Name]) -> GapTracker.Loss {
        GapTracker.Loss(cause: cause, lastReceived: from, lastEvent: lastEvent, names: names)
    }

    /// Reports the open gap when its names are back, or nobody waits for them any more.
    func closeGapIfRestored() {
        for gap in loss.closeIfRestored(at: now) { announce(gap) }
    }

    // MARK: Messages

    func received(_ view: borrowing PubSub.MessageView, _ side: MirrorSide) {
        let kind = view.kind.subscriptionKind
        guard let name = names.find(kind, view.kind == .pmessage ? view.pattern : view.channel) else { return }
        if view.channel.isKeyspaceName && view.channel.isServerName {
            if machine.owner(of: name.number) == side { deliver(view, name) }
            return
        }
        let key = view.payload.hash(seed: kind == .pattern ? view.channel.hash(seed: name.seed) : name.seed)
        switch machine.received(side, name.number, key, at: clock) {
        case .deliver: deliver(view, name)
        case .discard: break
        case .discardWithGap:
            recordGap(
                [name.gapName],
                "one of two nodes was lost while equal messages were published, and counting does not tell them apart",
                since: .zero
            )
        case .hold:
            let message = PubSub.Message(view)
            machine.hold(message, bytes: message.byteCount + 64, side, name.number, key, at: clock)
        }
    }

    private func deliver(_ messages: [PubSub.Message]) {
        for message in messages {
            let pattern = message.pattern ?? RedisBytes()
            let (channel, payload) = (message.channel, message.payload)
            let view = PubSub.MessageView(
                kind: message.kind,
                receivedAt: message.receivedAt,
                node: message.node.map { NodeNumber($0) } ?? .none,
                pattern: pattern.rawSpan,
                channel: channel.rawSpan,
                payload: payload.rawSpan
            )
            if let name = names.find(view.kind.subscriptionKind, view.kind == .pmessage ? view.pattern : view.channel) {
                deliver(view, name)
            }
        }
    }

    private func deliver(_ view: borrowing PubSub.MessageView, _ name: MirroredName) {
        if loss.isOpen {
            closeGapIfRestored()
            for gap in loss.willDeliver(name.gapName, at: now) { announce(gap) }
        }
        lastEvent = now
        let inline = name.inlineHandler
        if context.dedicatedSubscriptions.isEmpty {
            if let inline { inline.body(view) } else { context.sink.message(view, handler: name.handler) }
            return
        }
        let (dedicatedSubscriptions, isInStream) = context.dedicatedSubscriptions.consumers(name.kind, name.name)
        if let inline { inline.body(view) } else if isInStream { context.sink.message(view, handler: name.handler) }
        for dedicated in dedicatedSubscriptions {
            noteChange(of: dedicated)
            dedicated.message(view)
        }
    }

    /// Notes a subscription whose turn ends together with that of the links.
    func noteChange(of dedicated: DedicatedSubscription) {
        if dedicated.markChanged() { changedDedicated.append(dedicated) }
    }
}
