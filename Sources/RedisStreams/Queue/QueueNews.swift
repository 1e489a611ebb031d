internal import RedisCommands
internal import RedisCore
internal import RedisEvents
internal import RedisPOSIX
internal import RedisRESP
internal import RedisReactor

/// What is told on a queue's channel, for all parts of one queue that want to hear of it. Any thread may call.
///
/// The link is opened when somebody listens for the first time.
final class QueueNews: Sendable {
    /// What is told.
    enum Item: Sendable, Equatable {
        /// There may be room.
        case room
        /// The first delayed message is due after this time.
        case delayed(Duration)
        /// Messages come from now on, and some may have been missed.
        case listening
    }

    private struct State: Sendable {
        var listeners: [Int: @Sendable (Item) -> Void] = [:]
        var lastListener = 0
        var pubsub: PubSub?
        var hasShardChannels: Bool
        var isClosed = false
        /// Whether the channel is subscribed, as far as is known.
        var isListening = false
        /// Whether a timer is set that subscribes again.
        var willSubscribe = false
    }

    private let client: RedisClient
    private let channel: RedisBytes
    private let state: Locked<State>

    /// How long to wait before what was refused is subscribed again.
    private static var pause: Duration { .seconds(5) }

    init(_ client: RedisClient, _ channel: RedisBytes) {
        self.client = client
        self.channel = channel
        state = Locked(State(hasShardChannels: client.configuration.cluster != nil))
    }

    deinit { state.withLock { $0.pubsub.take() }?.closeNow() }

    /// Whether what is told comes. Those who may not publish put messages all the same, and are not heard.
    var isListening: Bool { state.withLock { $0.isListening } }

    /// Tells `body` what is told from now on. Returns a number for `forget`.
    func listen(_ body: @escaping @Sendable (Item) -> Void) -> Int {
        let (number, begins) = state.withLock { state in
            state.lastListener += 1
            state.listeners[state.lastListener] = body
            return (state.lastListener, state.pubsub == nil && !state.isClosed)
        }
        if begins { subscribe() }
        return number
    }

    func forget(_ number: Int) { state.withLock { _ = $0.listeners.removeValue(forKey: number) } }

    func close() {
        let pubsub = state.withLock { state in
            state.isClosed = true
            state.listeners = [:]
            return state.pubsub.take()
        }
        pubsub?.closeNow()
    }

    private func subscribe() {
        let (pubsub, kind) = state.withLock { state -> (PubSub?, RedisSubscriptionKind) in
            let kind: RedisSubscriptionKind = state.hasShardChannels ? .shardChannel : .channel
            if state.isClosed { return (nil, kind) }
            if state.pubsub == nil {
                var configuration = client.configuration
                // Nobody counts messages here: after a gap everybody looks.
                configuration.lossBoundInterval = nil
                configuration.deliveryProbe = nil
                configuration.isAuxiliary = true
                // What is missed is found by the next look. A queue that waits shall cost nothing.
                if let heartbeat = configuration.heartbeat { configuration.heartbeat = max(heartbeat, .seconds(60)) }
                state.pubsub = try? PubSub(configuration, loop: client.loop, sink: QueueNewsSink(self))
            }
            return (state.pubsub, kind)
        }
        guard let pubsub else { return }
        Task { [channel, weak self] in
            do throws(RedisError) {
                _ = try await pubsub.subscribe(kind, [channel], timeout: .unlimited)
            } catch {
                self?.notSubscribed(kind, error)
            }
        }
    }

    private func notSubscribed(_ kind: RedisSubscriptionKind, _ error: RedisError) {
        if error.code == .closed { return }
        if kind == .shardChannel, error.lacksCommand {
            state.withLock { $0.hasShardChannels = false }
            return subscribe()
        }
        subscribeLater()
    }

    private func subscribeLater() {
        guard state.withLock({ !exchange(&$0.willSubscribe, with: true) }) else { return }
        _ = ScheduledCall(after: Self.pause, on: client.loop) { [weak self] in
            guard let self else { return }
            state.withLock { $0.willSubscribe = false }
            subscribe()
        }
    }

    fileprivate func heard(_ payload: RedisBytes) {
        guard let text = payload.text else { return }
        if text == "room" { return tell(.room) }
        guard text.hasPrefix("delayed "), let millis = Int(text.dropFirst(8)), millis >= 0 else { return }
        tell(.delayed(.milliseconds(millis)))
    }

    fileprivate func tell(_ item: Item) {
        for listener in state.withLock({ Array($0.listeners.values) }) { listener(item) }
    }

    /// The channel is subscribed.
    fileprivate func began() {
        state.withLock { $0.isListening = true }
        tell(.listening)
    }

    /// The channel is not subscribed again by itself.
    fileprivate func refused() {
        state.withLock { $0.isListening = false }
        subscribeLater()
    }

    /// The link is not opened again by itself.
    fileprivate func linkEnded() {
        let old = state.withLock { state in
            state.isListening = false
            return state.pubsub.take()
        }
        _ = consume old
        subscribeLater()
    }
}

/// Passes on what the link brings. It belongs to the loop.
private final class QueueNewsSink: PubSubSink {
    private weak var news: QueueNews?

    init(_ news: QueueNews) { self.news = news }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) {
        news?.heard(RedisBytes(copying: view.payload))
    }

    func event(_ event: PubSub.Event) {
        switch event {
        case .subscribed, .gap: news?.began()
        case .refused: news?.refused()
        case .message, .unsubscribed, .drop, .link, .handlerFailed, .failed, .push: break
        }
    }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) {}

    func ended(_ error: RedisError?) { if error != nil { news?.linkEnded() } }
}
