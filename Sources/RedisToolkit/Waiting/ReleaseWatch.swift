internal import RedisReactor

/// Who waits for what over one client, and the one subscription link by which all of them hear that a lease has ended.
/// Any thread may call.
///
/// The link is opened when somebody waits for the first time. Nothing is subscribed while nobody waits.
package final class ReleaseWatch: RedisClientAttachment {
    /// What is waited for.
    package struct LineKey: Hashable, Sendable {
        /// Which kind of lease.
        let kind: String
        let name: RedisBytes

        package init(kind: String, name: RedisBytes) {
            self.kind = kind
            self.name = name
        }
    }

    private struct Line: Sendable {
        let line: WaitingLine
        let channel: RedisBytes
        /// How many wait in it.
        var users = 0
    }

    private struct Channel: Sendable {
        /// The lines that listen to it.
        var lines: [LineKey] = []
        var isConfirmed = false
        /// Whether a call that subscribes to it waits for the answer.
        var isAsking = false
        /// Grows when somebody begins or ends to listen.
        var version = 0
    }

    private struct State: Sendable {
        var lines: [LineKey: Line] = [:]
        var channels: [RedisBytes: Channel] = [:]
        var pubsub: PubSub?
        /// Whether the servers of the cluster have shard channels, as far as is known.
        var hasShardChannels: Bool
        var isClosed = false
    }

    let loop: RedisEventLoop
    private let configuration: RedisConfiguration
    private let state: Locked<State>

    /// How long a channel stays subscribed when nobody waits any more: who takes turns with others waits again soon.
    private static var linger: Duration { .seconds(1) }
    /// How long to wait before what was refused, or has failed, is subscribed again.
    private static var pause: Duration { .seconds(5) }

    package init(to client: RedisClient) {
        loop = client.loop
        var configuration = client.configuration
        // Nobody counts messages here: after a gap everybody tries.
        configuration.lossBoundInterval = nil
        configuration.deliveryProbe = nil
        configuration.isAuxiliary = true
        self.configuration = configuration
        state = Locked(State(hasShardChannels: configuration.cluster != nil))
    }

    package func clientClosed() {
        let pubsub = state.withLock { state in
            state.isClosed = true
            return state.pubsub.take()
        }
        if let pubsub { Task { await pubsub.close() } }
        // They try, and learn of it.
        missedMessages()
    }

    // MARK: Lines

    /// Whether somebody waits for it here.
    func isAwaited(_ key: LineKey) -> Bool { state.withLock { $0.lines[key] != nil } }

    /// Whether the end of a lease is heard of already.
    func isSubscribed(_ channel: RedisBytes) -> Bool { state.withLock { $0.channels[channel]?.isConfirmed == true } }

    /// How many wait for it here.
    package func waiterCount(_ key: LineKey) -> Int { state.withLock { $0.lines[key]?.users ?? 0 } }

    /// The line of those that wait for it. `leave` ends the use.
    func enter(_ key: LineKey, channel name: RedisBytes, isExclusive: Bool) -> WaitingLine {
        let (line, isNew, isSubscribed, isConfirmed) = state.withLock { state in
            var entry = state.lines[key] ?? Line(line: WaitingLine(isExclusive: isExclusive, loop: loop), channel: name)
            entry.users += 1
            state.lines[key] = entry
            guard entry.users == 1 else { return (entry.line, false, true, false) }
            let isSubscribed = state.channels[name] != nil
            state.channels[name, default: Channel()].lines.append(key)
            state.channels[name]?.version += 1
            return (entry.line, true, isSubscribed, state.channels[name]?.isConfirmed == true)
        }
        if isNew, !isSubscribed { subscribe(name) }
        // What came before was not heard.
        if isNew, isConfirmed { line.subscriptionChanged(isSubscribed: true) }
        return line
    }

    /// Ends the use of a line.
    func leave(_ key: LineKey) {
        let lingering = state.withLock { state -> (name: RedisBytes, version: Int)? in
            guard var entry = state.lines[key] else { return nil }
            entry.users -= 1
            guard entry.users == 0 else {
                state.lines[key] = entry
                return nil
            }
            state.lines[key] = nil
            guard var channel = state.channels[entry.channel] else { return nil }
            channel.lines.removeAll { $0 == key }
            channel.version += 1
            state.channels[entry.channel] = channel
            return channel.lines.isEmpty ? (entry.channel, channel.version) : nil
        }
        guard let (name, version) = lingering else { return }
        _ = ScheduledCall(after: Self.linger, on: loop) { [weak self] in self?.unsubscribe(name, ifStill: version) }
    }

    // MARK: Subscriptions

    private func subscribe(_ name: RedisBytes) {
        guard let (pubsub, kind) = openedLink() else { return retry(name) }
        state.withLock { $0.channels[name]?.isAsking = true }
        Task { [weak self] in
            do throws(RedisError) {
                try await pubsub.subscribe(kind, [name], timeout: .unlimited)
                self?.state.withLock { $0.channels[name]?.isAsking = false }
                // The name may have been subscribed still.
                self?.changed(name, isConfirmed: true)
            } catch {
                self?.state.withLock { $0.channels[name]?.isAsking = false }
                self?.notSubscribed(name, kind, error)
            }
        }
    }

    /// The link, which is made if there is none, and the family of the channels.
    private func openedLink() -> (PubSub, RedisSubscriptionKind)? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            if state.pubsub == nil {
                state.pubsub = try? PubSub(configuration, loop: loop, sink: ReleaseSink(self))
            }
            return state.pubsub.map { ($0, state.hasShardChannels ? .shardChannel : .channel) }
        }
    }

    private func notSubscribed(_ name: RedisBytes, _ kind: RedisSubscriptionKind, _ error: RedisError) {
        guard error.code != .closed else { return }
        if kind == .shardChannel, error.lacksCommand {
            state.withLock { $0.hasShardChannels = false }
            return subscribe(name)
        }
        retry(name)
    }

    /// Subscribes again later. Until then those that wait look after the lease themselves.
    private func retry(_ name: RedisBytes) {
        _ = ScheduledCall(after: Self.pause, on: loop) { [weak self] in
            guard let self else { return }
            let isWanted = state.withLock { !$0.isClosed && $0.channels[name]?.isConfirmed == false }
            if isWanted { subscribe(name) }
        }
    }

    private func unsubscribe(_ name: RedisBytes, ifStill version: Int) {
        let (pubsub, kind) = state.withLock { state -> (PubSub?, RedisSubscriptionKind) in
            let kind: RedisSubscriptionKind = state.hasShardChannels ? .shardChannel : .channel
            guard state.channels[name]?.version == version else { return (nil, kind) }
            state.channels[name] = nil
            return (state.pubsub, kind)
        }
        _ = pubsub?.startUnsubscribe(kind, [name])
    }

    // MARK: What the link says

    /// Notes what was published. Called on the loop.
    fileprivate func heard(_ name: RedisBytes, _ notice: ReleaseNotice) {
        for line in lines(of: name) { line.heard(notice) }
    }

    /// Notes whether messages of a channel come from now on.
    fileprivate func changed(_ name: RedisBytes, isConfirmed: Bool) {
        let isNew = state.withLock { state -> Bool in
            guard let channel = state.channels[name], channel.isConfirmed != isConfirmed else { return false }
            state.channels[name]?.isConfirmed = isConfirmed
            return true
        }
        guard isNew else { return }
        for line in lines(of: name) { line.subscriptionChanged(isSubscribed: isConfirmed) }
    }

    /// Notes that a channel was refused: to a call that waits for the answer, or to a link that was opened again, which
    /// asks no more.
    fileprivate func refused(_ name: RedisBytes) {
        if state.withLock({ $0.channels[name]?.isAsking ?? true }) { return }
        changed(name, isConfirmed: false)
        retry(name)
    }

    /// Notes that messages may have been missed.
    fileprivate func missedMessages() {
        for line in state.withLock({ state in state.lines.values.map(\.line) }) { line.heard(.released) }
    }

    /// Notes that no message comes until the names are confirmed again. Called on the loop.
    fileprivate func linkLost() {
        // A link of a cluster says nothing about those to other nodes.
        guard configuration.cluster == nil else { return }
        for name in state.withLock({ Array($0.channels.keys) }) { changed(name, isConfirmed: false) }
    }

    /// Notes that the link is not opened again. Called on the loop.
    fileprivate func linkEnded() {
        let (pubsub, names) = state.withLock { ($0.pubsub.take(), Array($0.channels.keys)) }
        for name in names {
            changed(name, isConfirmed: false)
            retry(name)
        }
        // It is released outside the lock.
        _ = consume pubsub
    }

    private func lines(of name: RedisBytes) -> [WaitingLine] {
        state.withLock { state in (state.channels[name]?.lines ?? []).compactMap { state.lines[$0]?.line } }
    }
}

/// Passes on what a subscription link brings. It belongs to the loop.
private final class ReleaseSink: PubSubSink {
    private weak var watch: ReleaseWatch?

    init(_ watch: ReleaseWatch) { self.watch = watch }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        watch?.heard(RedisBytes(copying: view.channel), ReleaseNotice(RedisBytes(copying: view.payload)))
    }

    func event(_ event: PubSub.Event) {
        switch event {
        case .subscribed(let change): watch?.changed(change.name, isConfirmed: true)
        case .unsubscribed(let change): watch?.changed(change.name, isConfirmed: false)
        case .gap: watch?.missedMessages()
        case .link(.lost): watch?.linkLost()
        case .refused(let refusal): watch?.refused(refusal.name)
        case .message, .drop, .link, .handlerFailed, .failed, .push: break
        }
    }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) {}

    func ended(_ error: RedisError?) { if error != nil { watch?.linkEnded() } }
}
