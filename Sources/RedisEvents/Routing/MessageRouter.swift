/// Knows who takes what comes over a link: the sink, inline handlers and dedicated subscriptions. It belongs to the loop.
final class MessageRouter {
    let sink: any PubSubSink
    let dedicatedSubscriptions: DedicatedSubscriptionTable
    private let requests: DriverRequests
    private let clusterDelegate: ClusterLinkDelegate?
    /// Whether a message of a name that is not in the tables is for nobody: on a link to a shard another node may have the name.
    private let dropsUnknownNames: Bool
    /// Whether it is noted which shard channels messages came to.
    private let notesShardChannels: Bool
    /// As long as all messages go to the stream and none to a handler, they are not looked up.
    private var looksUpNames: Bool
    /// The dedicated subscriptions that got something in this turn.
    private var changed: [DedicatedSubscription] = []
    /// When the bytes of this turn came, if it began with a read.
    private var readAt: ContinuousClock.Instant?
    /// Which name followed which, for channels, patterns and shard channels.
    private var followers = [3 of NameTable.Followers](repeating: NameTable.Followers())
    /// The places in the table of the shard channels to which the last run brought messages.
    private(set) var shardChannels: [Int] = []

    init(_ context: PubSubContext, _ requests: DriverRequests, _ clusterDelegate: ClusterLinkDelegate?) {
        sink = context.sink
        dedicatedSubscriptions = context.dedicatedSubscriptions
        self.requests = requests
        self.clusterDelegate = clusterDelegate
        dropsUnknownNames = clusterDelegate?.isOfShard ?? false
        notesShardChannels = clusterDelegate != nil
        looksUpNames = dropsUnknownNames
    }

    /// From now on names have handlers, or dedicated subscriptions.
    func lookUpNames() { looksUpNames = true }

    // MARK: Messages

    /// Gives the messages of a run that the filters let through to those who take them, in order. `tables` are the names of the
    /// link, by the raw value of their kind; what is subscribed does not change meanwhile.
    func deliver(_ run: inout MessageRun, _ pass: inout FilterPass, _ tables: [NameTable]) {
        var shardChannels = exchange(&shardChannels, with: [])
        shardChannels.removeAll(keepingCapacity: true)
        defer { self.shardChannels = shardChannels }
        // Most often when nothing more came, and nothing has to be at hand for that.
        guard pass.nextOfOtherNames(&run) else { return }
        let (channels, patterns, shards) = (tables[0], tables[1], tables[2])
        let (byChannel, byPattern, byShardChannel) = (channels.lookup, patterns.lookup, shards.lookup)
        let (looksUpNames, hasDedicated) = (looksUpNames, !dedicatedSubscriptions.isEmpty)
        var followers = exchange(&followers, with: .init(repeating: NameTable.Followers()))
        // To hold a handler costs more than to find it: it is held as long as messages are for it.
        var (inlineNumber, inlineKind) = (UInt32(0), PubSub.Message.Kind.message)
        var inline: InlineHandler?
        var collected = run.fitsRecords ? sink.lend() : nil
        // Where the frames in a row begin whose bytes are still to be copied: not those that others have taken.
        var start: Int?
        repeat {
            if !pass.gaps.isEmpty {
                if let begin = start.take() { collected?.appendFrames(of: run, begin..<run.frameStart) }
                if let segment = collected.take() { sink.takeBack(segment) }
                pass.tellGaps()
                collected = run.fitsRecords ? sink.lend() : nil
            }
            // Who takes them is looked up here, once for all that follow with the same names.
            let found: NameTable.Found? =
                if !looksUpNames {
                    nil
                } else {
                    switch run.kind {
                    case .message: byChannel.find(run.channel, &followers[0])
                    case .pmessage: byPattern.find(run.pattern, &followers[1])
                    case .smessage: byShardChannel.find(run.channel, &followers[2])
                    }
                }
            let (number, isInline) = (found?.handler ?? 0, found.map { $0.inline != 0 } ?? false)
            if let found {
                if isInline, found.inline != inlineNumber || run.kind != inlineKind {
                    (inlineNumber, inlineKind) = (found.inline, run.kind)
                    inline =
                        switch run.kind {
                        case .message: byChannel.inlineHandler(found.inline)
                        case .pmessage: byPattern.inlineHandler(found.inline)
                        case .smessage: byShardChannel.inlineHandler(found.inline)
                        }
                }
                if notesShardChannels, run.kind == .smessage { shardChannels.append(found.index) }
                if hasDedicated, deliverDedicated(&run, &pass, number, isInline ? inline : nil, &collected, &start) {
                    continue
                }
            } else if dropsUnknownNames {
                while pass.nextOfSameNames(&run) {}
                continue
            }
            if isInline {
                if let begin = start.take() { collected?.appendFrames(of: run, begin..<run.frameStart) }
                call(inline, &run, &pass)
            } else if collected == nil {
                repeat { sink.message(run.view, handler: number) } while pass.nextOfSameNames(&run)
            } else {
                let begin = start ?? run.frameStart
                start = begin
                repeat {
                    collected?.append(run, handler: number, from: begin)
                } while pass.nextOfSameNames(&run)
            }
        } while pass.nextOfOtherNames(&run)
        if let begin = start { collected?.appendFrames(of: run, begin..<run.byteCount) }
        if let collected { sink.takeBack(collected) }
        self.followers = followers
    }

    /// Apart, so that it is as short as it can be.
    @inline(never)
    private func call(_ handler: InlineHandler?, _ run: inout MessageRun, _ pass: inout FilterPass) {
        guard let handler else { return }
        if pass.asksEach {
            repeat { handler.body(run.view) } while pass.nextOfSameNames(&run)
        } else {
            repeat { handler.body(run.view) } while run.nextOfSameNames()
        }
    }

    /// Gives messages to dedicated subscriptions, and to the handler or the stream if one of these has the name too. Returns whether
    /// there are such subscriptions. What was collected is in the sink meanwhile.
    private func deliverDedicated(
        _ run: inout MessageRun,
        _ pass: inout FilterPass,
        _ number: UInt32,
        _ inline: InlineHandler?,
        _ collected: inout Segment<PubSubControl>?,
        _ start: inout Int?
    ) -> Bool {
        let (dedicated, isInStream) = dedicatedSubscriptions.consumers(
            run.kind.subscriptionKind,
            RedisBytes(copying: run.name)
        )
        if dedicated.isEmpty && isInStream { return false }
        if let begin = start.take() { collected?.appendFrames(of: run, begin..<run.frameStart) }
        if let segment = collected.take() { sink.takeBack(segment) }
        repeat {
            if let inline {
                inline.body(run.view)
            } else if isInStream {
                sink.message(run.view, handler: number)
            }
            for subscription in dedicated {
                noteChange(of: subscription)
                subscription.message(run.view)
            }
        } while pass.nextOfSameNames(&run)
        collected = run.fitsRecords ? sink.lend() : nil
        return true
    }

    // MARK: Events

    /// Tells what concerns a name to those who have it.
    func announce(_ kind: RedisSubscriptionKind, _ name: RedisBytes, _ event: PubSub.Event) {
        let (dedicated, isInStream) = dedicatedSubscriptions.consumers(kind, name)
        if isInStream { sink.event(event) }
        for subscription in dedicated { put(event, into: subscription) }
        switch event {
        case .subscribed: for subscription in dedicated { subscription.isLive = true }
        case .unsubscribed: dedicatedSubscriptions.forget(kind, name)
        case .refused(let refusal):
            for subscription in dedicatedSubscriptions.refused(kind, name) {
                _ = dedicatedSubscriptions.remove(subscription)
                subscription.ended(refusal.error)
            }
        case .message, .gap, .drop, .link, .handlerFailed, .failed, .push: break
        }
    }

    func put(_ event: PubSub.Event, into subscription: DedicatedSubscription) {
        noteChange(of: subscription)
        subscription.event(event)
    }

    private func noteChange(of subscription: DedicatedSubscription) {
        if subscription.markChanged() { changed.append(subscription) }
    }

    /// The dedicated subscriptions that have some of the names; without names all.
    func subscriptions(to names: [RedisGap.Name]?) -> [DedicatedSubscription] {
        if dedicatedSubscriptions.isEmpty { return [] }
        guard let names else { return Array(dedicatedSubscriptions.all) }
        var found: [ObjectIdentifier: DedicatedSubscription] = [:]
        for name in names {
            for subscription in dedicatedSubscriptions.consumers(name.kind, name.name).dedicatedSubscriptions {
                found[ObjectIdentifier(subscription)] = subscription
            }
        }
        return Array(found.values)
    }

    // MARK: Turns

    /// Bytes came at that time; their messages follow.
    func readBegan(at instant: ContinuousClock.Instant) {
        readAt = instant
        sink.readBegan(at: instant)
    }

    /// Everything of this turn is in the sinks.
    func endTurn(isDrained: Bool) {
        sink.turnEnded(isDrained: isDrained)
        let readAt = readAt.take()
        if changed.isEmpty { return }
        for subscription in changed {
            subscription.turnEnded(at: readAt)
            // Not now: an unsubscribe has to be sent, and there may be no room for it in this turn.
            if subscription.mailbox.pressure == .failed { removeLater(subscription.mailbox) }
        }
        changed.removeAll(keepingCapacity: true)
    }

    private func removeLater(_ mailbox: Mailbox<PubSubControl>) {
        if let clusterDelegate { clusterDelegate.remove(mailbox) } else { requests.remove(mailbox) }
    }
}
