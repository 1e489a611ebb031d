/// Turns messages into key events, on the loop, and records gaps for the time in which the server's setting was wrong:
/// a server reports no key until its flags are set. The end of a gap waits until they are set. If they were removed
/// while the link was up, a gap begins at the last moment at which they were verified.
final class KeyspaceTranslator: PubSubSink {
    /// A gap whose end is not known yet.
    private struct HeldGap {
        var gap: RedisGap
        var since: ContinuousClock.Instant
        var isTold = false
    }

    private let plan: KeyspacePlan
    private let sink: any KeyspaceSink
    /// Whether the setting is checked again and again.
    private let isFollowed: Bool
    /// Checks the setting on the link of that number, which goes to that server.
    private let check: (Int, RedisEndpoint) -> Void

    /// The number of the current link. Whoever starts the watch checks the first link.
    private var link = 0
    /// Whether the setting is known on this link, as far as it can be.
    private var isChecked = true
    private var wasToldUnverified = false
    /// The missing flags that were reported last.
    private var toldMissing: String?
    /// When the flags were last verified.
    private var verifiedAt: Moment?
    /// Whether the gap of a lost link has not come yet.
    private var awaitsGap = false
    private var held: HeldGap?
    /// What the server refuses to this link.
    private var refused: Set<KeyspacePlan.Subscription> = []

    init(
        _ plan: KeyspacePlan,
        _ sink: any KeyspaceSink,
        isFollowed: Bool,
        check: @escaping (Int, RedisEndpoint) -> Void
    ) {
        self.plan = plan
        self.sink = sink
        self.isFollowed = isFollowed
        self.check = check
    }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        guard let channel = KeyspaceChannel(view.channel) else { return sink.event(.other(PubSub.Message(view))) }
        let rest = view.channel.extracting(channel.start..<view.channel.byteCount)
        switch channel.family {
        case .keyspace: deliver(view, name: view.payload, key: rest, channel.database)
        case .keyevent: deliver(view, name: rest, key: view.payload, channel.database)
        }
    }

    private func deliver(_ view: borrowing PubSub.MessageView, name: RawSpan, key: RawSpan, _ database: Int) {
        let isPattern = view.kind == .pmessage
        guard
            plan.accepts(
                isPattern ? .pattern : .channel,
                isPattern ? view.pattern : view.channel,
                channel: view.channel,
                name: name,
                key: key,
                refused: refused
            )
        else { return }
        if held?.isTold == false { tellGap(isComplete: false) }
        sink.keyEvent(name, key: key, database: database, at: view.receivedAt, node: view.nodeNumber)
    }

    func event(_ event: PubSub.Event) {
        switch event {
        case .gap(let gap):
            if gap.isComplete { awaitsGap = false }
            if gap.isComplete && (!isChecked || toldMissing != nil && isFollowed) {
                held = HeldGap(gap: gap, since: .now)
                if isChecked { tellGap(isComplete: false) }
            } else {
                sink.event(.gap(gap.uncounted()))
            }
        case .link(let event):
            if case .lost = event {
                releaseGap()
                link += 1
                isChecked = false
                wasToldUnverified = false
                toldMissing = nil
                awaitsGap = true
            }
            sink.event(.link(event))
            if case .restored(_, at: let server) = event { check(link, server) }
        case .refused(let refusal):
            refused.insert(.init(kind: refusal.kind, name: refusal.name))
            sink.event(.refused(refusal))
        case .subscribed(let change): refused.remove(.init(kind: change.kind, name: change.name))
        case .push(let value): sink.event(.push(value))
        case .drop(let drop): sink.event(.drop(drop))
        case .message, .unsubscribed, .handlerFailed, .failed: break
        }
    }

    /// Handles the result of a check. Returns whether it was of interest; it is not when its link is gone.
    func checked(_ check: NotificationCheck, link: Int, at server: RedisEndpoint, lastEvent: Moment?) -> Bool {
        guard link == self.link else { return false }
        let isFirst = !isChecked
        let wasUnverified = wasToldUnverified || toldMissing != nil
        isChecked = true
        switch check.state {
        case .verified: if wasUnverified { tell(check.state, server) }
        case .unknown: if wasUnverified || isFirst { tell(check.state, server) }
        case .enabled: tell(check.state, server)
        case .unverified:
            if !wasToldUnverified { tell(check.state, server) }
            wasToldUnverified = true
            // Flags that were missing still count as missing while nothing else is known.
            if toldMissing == nil { releaseGap() }
            sink.turnEnded(isDrained: true)
            return true
        case .missing(let missing):
            if toldMissing != missing.flags { tell(check.state, server) }
            toldMissing = missing.flags
        }
        wasToldUnverified = false
        // Events were missed while the link was up. The gap of a lost link is reported separately.
        if !check.lacked.isEmpty, held == nil, !awaitsGap, !isFirst {
            becameBlind(check, at: server, lastEvent: lastEvent)
        }
        if case .missing = check.state, isFollowed {
            if held?.isTold == false { tellGap(isComplete: false) }
        } else {
            if check.verifiedAt != nil { toldMissing = nil }
            releaseGap()
        }
        verifiedAt = check.verifiedAt ?? verifiedAt
        sink.turnEnded(isDrained: true)
        return true
    }

    private func becameBlind(_ check: NotificationCheck, at server: RedisEndpoint, lastEvent: Moment?) {
        let now = Moment.now()
        let gap = RedisGap(
            cause: RedisDisconnect(.notificationsOff, check.complaint, node: server),
            from: verifiedAt ?? now,
            until: now,
            lastEvent: lastEvent,
            isComplete: true,
            names: plan.subscriptions.map { RedisGap.Name(kind: $0.kind, name: $0.name) }
        )
        held = HeldGap(gap: gap, since: now.monotonic)
    }

    /// Handles the result of the first check. Returns the number of the link, and whether its setting is known: it is
    /// not if the link was lost while the check was made.
    func started(_ check: NotificationCheck, at server: RedisEndpoint) -> (link: Int, isChecked: Bool) {
        verifiedAt = check.verifiedAt ?? verifiedAt
        if case .unverified = check.state { wasToldUnverified = true }
        if case .verified = check.state { return (link, isChecked) }
        tell(check.state, server)
        sink.turnEnded(isDrained: true)
        return (link, isChecked)
    }

    private func tell(_ state: KeyspaceEvents.NotificationState, _ server: RedisEndpoint) {
        sink.event(.notifications(state, node: server))
    }

    private func releaseGap() {
        if held != nil { tellGap(isComplete: true) }
        held = nil
    }

    private func tellGap(isComplete: Bool) {
        guard let held else { return }
        sink.event(.gap(held.gap.prolonged(by: held.since.duration(to: .now), isComplete: isComplete)))
        self.held?.isTold = true
    }

    var roomForPushes: Int { sink.roomForPushes }

    func refusedForNow(_ error: RedisError) { sink.refusedForNow(error) }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) { sink.turnEnded(isDrained: isDrained) }

    func ended(_ error: RedisError?) {
        // The flags were never set again, so what is open now stays open.
        if toldMissing != nil {
            tellGap(isComplete: false)
            held = nil
        }
        releaseGap()
        sink.ended(error)
    }
}
