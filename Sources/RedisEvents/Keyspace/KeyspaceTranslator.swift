/// Makes events of keys out of messages, on the loop, and lets the end of a gap wait until the server's setting is known:
/// a restarted server tells of no key until its flags are set again.
final class KeyspaceTranslator: PubSubSink {
    /// A gap whose end is not known yet.
    private struct HeldGap {
        var gap: Gap
        var since: ContinuousClock.Instant
        var isTold = false
    }

    private let plan: KeyspacePlan
    private let sink: any KeyspaceSink
    /// Asks what the setting is on the link of that number, which goes to the server there.
    private let check: (Int, Endpoint) -> Void

    /// Counts links; the first one is checked by whoever starts.
    private var link = 0
    /// Whether the setting is known on this link, as far as it can be.
    private var isChecked = true
    private var wasToldUnverified = false
    private var held: HeldGap?

    init(_ plan: KeyspacePlan, _ sink: any KeyspaceSink, check: @escaping (Int, Endpoint) -> Void) {
        self.plan = plan
        self.sink = sink
        self.check = check
    }

    func message(_ view: borrowing MessageView, handler: UInt32) {
        guard let channel = KeyspaceChannel(view.channel) else { return sink.event(.other(Message(view))) }
        let rest = view.channel.extracting(channel.start..<view.channel.byteCount)
        switch channel.family {
        case .keyspace: deliver(view, name: view.payload, key: rest, channel.database)
        case .keyevent: deliver(view, name: rest, key: view.payload, channel.database)
        }
    }

    private func deliver(_ view: borrowing MessageView, name: RawSpan, key: RawSpan, _ database: Int) {
        let isPattern = view.kind == .pmessage
        guard
            plan.accepts(
                isPattern ? .pattern : .channel,
                isPattern ? view.pattern : view.channel,
                channel: view.channel,
                name: name,
                key: key
            )
        else { return }
        if held?.isTold == false { tellGap(isComplete: false) }
        sink.keyEvent(name, key: key, database: database, at: view.receivedAt, node: view.nodeNumber)
    }

    func event(_ event: PubSubEvent) {
        switch event {
        case .gap(let gap):
            if gap.isComplete && !isChecked {
                held = HeldGap(gap: gap, since: .now)
            } else {
                sink.event(.gap(gap.uncounted()))
            }
        case .link(let event):
            if case .lost = event {
                releaseGap()
                link += 1
                isChecked = false
                wasToldUnverified = false
            }
            sink.event(.link(event))
            if case .restored(_, at: let server) = event { check(link, server) }
        case .refused(let refusal): sink.event(.refused(refusal))
        case .push(let value): sink.event(.push(value))
        case .drop(let drop): sink.event(.drop(drop))
        case .message, .subscribed, .unsubscribed, .handlerFailed, .failed: break
        }
    }

    /// The answer to `check`. Returns whether it was of interest: not any more when the link it is about is gone.
    func checked(_ state: NotificationState, link: Int, at server: Endpoint) -> Bool {
        guard link == self.link else { return false }
        isChecked = true
        switch state {
        case .verified: if wasToldUnverified { sink.event(.notifications(state, node: server)) }
        case .unverified:
            if !wasToldUnverified { sink.event(.notifications(state, node: server)) }
            wasToldUnverified = true
        case .missing, .enabled, .unknown: sink.event(.notifications(state, node: server))
        }
        releaseGap()
        sink.turnEnded(isDrained: true)
        return true
    }

    /// Puts news of the setting into the stream.
    func tell(_ state: NotificationState, at server: Endpoint) {
        sink.event(.notifications(state, node: server))
        sink.turnEnded(isDrained: true)
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

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) { sink.turnEnded(isDrained: isDrained) }

    func ended(_ error: RedisError?) {
        releaseGap()
        sink.ended(error)
    }
}
