/// What stands in front of the two links of a mirrored subscription: to them it is where their events go, to the user it is
/// one link that is lost when both are.
///
/// Each link is one like any other, with a context of its own that knows no handlers. Here are the handlers, the private
/// subscriptions, the callers and the record of losses. It belongs to the loop; what it wants of a link it asks for later, for it
/// is called amid that link's work.
final class MirrorFront {
    let context: PubSubContext
    weak var links: MirrorLinks?
    var machine: MirrorMachine<PubSub.Message>
    /// By digest.
    var names: [UInt64: MirroredName] = [:]
    private let seed = UInt64.random(in: .min ... .max)
    /// Most messages follow one of the same name.
    private var last: MirroredName?

    /// What no link has, or had for a while.
    var gap = GapTracker()
    /// The names of the open loss that are still missing.
    var missing: Set<RedisGap.Name> = []
    var lostLast: MirrorSide?
    /// A link was lost, and has not told its own gap yet.
    var isLost = MirrorPair(false, false)
    /// The links that will not come back by themselves.
    var hasEnded = MirrorPair(false, false)
    private var lastReceived = MirrorPair(Moment.now(), Moment.now())
    private var isPaused = MirrorPair(false, false)
    private var pausedAt: ContinuousClock.Instant?
    private var pausedTime = Duration.zero

    var now = Moment.now()
    private var readAt: ContinuousClock.Instant?
    private var lastEvent: Moment?
    private var changedDedicated: [DedicatedSubscription] = []
    private var timerIsSet = false

    init(_ context: PubSubContext, window: Duration) {
        self.context = context
        machine = MirrorMachine(MirrorMachine.Settings(window: window))
    }

    /// The machine's clock, which stands still while the links are not read: what waits for its other copy then waits for us.
    var clock: ContinuousClock.Instant { (pausedAt ?? now.monotonic) - pausedTime }

    // MARK: The links

    func readBegan(at instant: ContinuousClock.Instant, _ side: MirrorSide) {
        now = Moment(wall: .now(), monotonic: instant)
        readAt = instant
        lastReceived[side] = now
        context.sink.readBegan(at: instant)
        look()
    }

    func readingPaused(_ isPaused: Bool, _ side: MirrorSide) {
        let before = self.isPaused.first || self.isPaused.second
        self.isPaused[side] = isPaused
        let after = self.isPaused.first || self.isPaused.second
        guard before != after else { return }
        if let began = pausedAt.take() { pausedTime += began.duration(to: .now) }
        if after { pausedAt = .now }
        context.sink.readingPaused(after)
    }

    func turnEnded(isDrained: Bool) {
        look()
        settle()
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

    /// A link has answered the PING that the machine asked for.
    func answered(_ question: MirrorMachine<PubSub.Message>.Question) {
        now = .now()
        machine.answered(question, at: clock)
        turnEnded(isDrained: true)
    }

    /// Something may be due.
    func timerFired() {
        timerIsSet = false
        now = .now()
        look()
        turnEnded(isDrained: true)
    }

    private func look() {
        machine.look(at: clock)
        perform(machine.takeActions())
    }

    private func perform(_ actions: [MirrorMachine<PubSub.Message>.Action]) {
        for action in actions {
            switch action {
            case .deliver(let messages): deliver(messages)
            case .gap(let names):
                tell(
                    names,
                    "two nodes differ, and counting does not tell what is missing",
                    since: machine.settings.window
                )
            case .ask(let side, let question): links?.ask(side, question)
            case .restored(let names): missing.subtract(names)
            }
        }
    }

    // MARK: Losses

    func wasLost(_ side: MirrorSide, _ cause: RedisDisconnect) {
        now = .now()
        isLost[side] = true
        let loss = machine.lost(side, at: clock)
        if !loss.uncovered.isEmpty {
            lostLast = side
            missing.formUnion(loss.uncovered)
            gap.linkLost(self.loss(cause, lastReceived[side], loss.uncovered))
        }
        if !loss.unproven.isEmpty { record(self.loss(cause, lastReceived[side], loss.unproven)) }
        deliver(loss.held)
    }

    /// Puts a gap here that is over already.
    func record(_ loss: GapTracker.Loss) {
        var tracker = GapTracker()
        tracker.linkLost(loss)
        for gap in tracker.allRestored(at: now) { announce(gap) }
    }

    private func tell(_ names: [RedisGap.Name], _ text: String, since: Duration) {
        let from = Moment(
            wall: RedisTimestamp(microseconds: now.wall.microseconds - Int64(since / .microseconds(1))),
            monotonic: now.monotonic - since
        )
        record(loss(RedisDisconnect(.unproven, text), from, names))
    }

    private func loss(_ cause: RedisDisconnect, _ from: Moment, _ names: [RedisGap.Name]) -> GapTracker.Loss {
        GapTracker.Loss(cause: cause, lastReceived: from, lastEvent: lastEvent, names: names)
    }

    /// Names are back, or nobody waits for them any more.
    func settle() {
        guard gap.isOpen, missing.isEmpty else { return }
        lostLast = nil
        for gap in gap.allRestored(at: now) { announce(gap) }
    }

    // MARK: Messages

    func find(_ kind: RedisSubscriptionKind, _ name: RawSpan) -> MirroredName? {
        if let last, last.kind == kind, last.name.equals(name) { return last }
        let found = names[digest(kind, name)]
        if let found { last = found }
        return found
    }

    func digest(_ kind: RedisSubscriptionKind, _ name: RawSpan) -> UInt64 {
        name.hash(seed: seed &+ UInt64(kind.rawValue))
    }

    func forgetLast() { last = nil }

    func received(_ view: borrowing PubSub.MessageView, _ side: MirrorSide) {
        let kind = view.kind.subscriptionKind
        guard let name = find(kind, view.kind == .pmessage ? view.pattern : view.channel) else { return }
        if view.channel.isKeyspaceName && view.channel.isServerName {
            if machine.owner(of: name.number) == side { put(view, name) }
            return
        }
        let key = view.payload.hash(seed: kind == .pattern ? view.channel.hash(seed: name.seed) : name.seed)
        switch machine.received(side, name.number, key, at: clock) {
        case .deliver: put(view, name)
        case .leaveOut: break
        case .doubt:
            tell(
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
            if let name = find(view.kind.subscriptionKind, view.kind == .pmessage ? view.pattern : view.channel) {
                put(view, name)
            }
        }
    }

    private func put(_ view: borrowing PubSub.MessageView, _ name: MirroredName) {
        if gap.isOpen {
            settle()
            if gap.touches(name.gapName) { for gap in gap.willDeliver(at: now) { announce(gap) } }
        }
        lastEvent = now
        let taken = name.inlineHandler
        if context.dedicatedSubscriptions.isEmpty {
            if let taken { taken.body(view) } else { context.sink.message(view, handler: name.handler) }
            return
        }
        let (dedicatedSubscriptions, isInStream) = context.dedicatedSubscriptions.consumers(name.kind, name.name)
        if let taken { taken.body(view) } else if isInStream { context.sink.message(view, handler: name.handler) }
        for dedicated in dedicatedSubscriptions {
            touch(dedicated)
            dedicated.message(view)
        }
    }

    func touch(_ dedicated: DedicatedSubscription) {
        if dedicated.becomesDirty() { changedDedicated.append(dedicated) }
    }
}
