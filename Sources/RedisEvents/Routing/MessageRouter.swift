/// Decides who receives what comes over a link: the sink, inline handlers and dedicated subscriptions. It belongs to
/// the loop.
final class MessageRouter {
    let sink: any PubSubSink
    let dedicatedSubscriptions: DedicatedSubscriptionTable
    private let requests: DriverRequests
    private let clusterDelegate: ClusterLinkDelegate?
    /// Whether messages of names that are not in the tables are discarded: on a link to a shard, another node may have
    /// the name now.
    private let dropsUnknownNames: Bool
    /// Whether the router notes to which shard channels messages came.
    private let notesShardChannels: Bool
    /// Whether names are looked up: from the first handler or dedicated subscription on, for good. Before that, all
    /// messages go to the stream.
    private var looksUpNames: Bool
    /// The dedicated subscriptions that got an event in this turn.
    private var changed: [DedicatedSubscription] = []
    /// When the bytes of this turn came, if the turn began with a read.
    private var readAt: ContinuousClock.Instant?
    /// Which name followed which, for channels, patterns and shard channels.
    private var followers = [3 of NameTable.Followers](repeating: NameTable.Followers())
    /// The indices in the table of the shard channels for which the last run brought messages.
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

    /// From now on, looks names up, because there are handlers or dedicated subscriptions.
    func lookUpNames() { looksUpNames = true }

    // MARK: Messages

    /// Delivers the messages of a run that the filters let through to their receivers, in order. `tables` contains the
    /// names of the link, by the raw value of their kind. Subscriptions do not change during the call.
    func deliver(_ run: inout MessageRun, _ pass: inout FilterPass, _ tables: [NameTable]) {
        var shardChannels = exchange(&shardChannels, with: [])
        shardChannels.removeAll(keepingCapacity: true)
        defer { self.shardChannels = shardChannels }
        // Usually there is no further message, so nothing else is loaded before this check.
        guard pass.nextOfAnyNames(&run) else { return }
        let (channels, patterns, shards) = (tables[0], tables[1], tables[2])
        let (byChannel, byPattern, byShardChannel) = (channels.lookup, patterns.lookup, shards.lookup)
        let (looksUpNames, hasDedicated) = (looksUpNames, !dedicatedSubscriptions.isEmpty)
        var followers = exchange(&followers, with: .init(repeating: NameTable.Followers()))
        // Holding a handler costs more than finding it, so it is held while messages for it follow.
        var (inlineNumber, inlineKind) = (UInt32(0), PubSub.Message.Kind.message)
        var inline: InlineHandler?
        var collected = MessageCollector(sink, run)
        repeat {
            if let end = pass.takeWithheldStart() { collected.copyFrames(of: run, before: end) }
            if !pass.gaps.isEmpty {
                collected.suspend(run)
                pass.tellGaps()
                collected.resume(run)
            }
            // The receiver is looked up here, once for all following messages with the same names.
            let found: NameTable.Found? =
                if !looksUpNames {
                    nil
                } else {
                    switch run.view.kind {
                    case .message: byChannel.find(run.view.channel, &followers[0])
                    case .pmessage: byPattern.find(run.view.pattern, &followers[1])
                    case .smessage: byShardChannel.find(run.view.channel, &followers[2])
                    }
                }
            let (number, isInline) = (found?.handler ?? 0, found.map { $0.inline != 0 } ?? false)
            if let found {
                if isInline, found.inline != inlineNumber || run.view.kind != inlineKind {
                    (inlineNumber, inlineKind) = (found.inline, run.view.kind)
                    inline =
                        switch run.view.kind {
                        case .message: byChannel.inlineHandler(found.inline)
                        case .pmessage: byPattern.inlineHandler(found.inline)
                        case .smessage: byShardChannel.inlineHandler(found.inline)
                        }
                }
                if notesShardChannels, run.view.kind == .smessage { shardChannels.append(found.index) }
                if hasDedicated, deliverDedicated(&run, &pass, number, isInline ? inline : nil, &collected) { continue }
            } else if dropsUnknownNames {
                collected.copyFrames(of: run, before: run.frameStart)
                while pass.nextOfSameNames(&run) {}
                continue
            }
            if isInline {
                collected.copyFrames(of: run, before: run.frameStart)
                inline?.call(&run, &pass)
            } else {
                collected.take(&run, &pass, handler: number)
            }
        } while pass.nextOfAnyNames(&run)
        collected.end(run, before: pass.takeWithheldStart() ?? run.byteCount)
        self.followers = followers
    }

    /// Delivers messages to dedicated subscriptions, and to the handler or the stream if one of these has the name too.
    /// Returns whether there are such subscriptions.
    private func deliverDedicated(
        _ run: inout MessageRun,
        _ pass: inout FilterPass,
        _ number: UInt32,
        _ inline: InlineHandler?,
        _ collected: inout MessageCollector
    ) -> Bool {
        let (dedicated, isInStream) = dedicatedSubscriptions.consumers(
            run.view.kind.subscriptionKind,
            RedisBytes(copying: run.name)
        )
        if dedicated.isEmpty && isInStream { return false }
        collected.suspend(run)
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
        collected.resume(run)
        return true
    }

    // MARK: Events

    /// Puts an event about a name into every stream that has the name.
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

    /// The dedicated subscriptions that have some of the names; without names, all of them.
    func subscriptions(to names: [RedisGap.Name]?) -> [DedicatedSubscription] { dedicatedSubscriptions.having(names) }

    // MARK: Turns

    /// Notes that bytes came at that time. Their messages follow.
    func readBegan(at instant: ContinuousClock.Instant) {
        readAt = instant
        sink.readBegan(at: instant)
    }

    /// Ends the turn: everything of it is in the sinks.
    func endTurn(isDrained: Bool) {
        sink.turnEnded(isDrained: isDrained)
        let readAt = readAt.take()
        if changed.isEmpty { return }
        for subscription in changed {
            subscription.turnEnded(at: readAt)
            // The removal happens later, because it sends an unsubscribe, and there may be no room for it in this turn.
            if subscription.mailbox.pressure == .failed { removeLater(subscription.mailbox) }
        }
        changed.removeAll(keepingCapacity: true)
    }

    private func removeLater(_ mailbox: Mailbox<PubSubControl>) {
        if let clusterDelegate { clusterDelegate.remove(mailbox) } else { requests.remove(mailbox) }
    }
}

extension InlineHandler {
    /// Calls the handler with the current message and with all that follow with the same names. A method, because the
    /// router's reference lasts as long as the call: the handler is not counted for each message.
    @inline(never)
    fileprivate func call(_ run: inout MessageRun, _ pass: inout FilterPass) {
        if pass.asksEach {
            repeat { body(run.view) } while pass.nextOfSameNames(&run)
        } else {
            repeat { body(run.view) } while run.nextOfSameNames()
        }
    }
}
