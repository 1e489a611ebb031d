import RedisEvents
import RedisReactor

/// What a thousand subscriptions tell of a flapping server. Each has a sink of its own on the loop; all write here.
final class FlapLog: Sendable {
    private struct State {
        var losses = 0
        var gaps = 0
        var messages = 0
        /// Subscriptions with a loss for which no complete gap has come yet. A second loss meanwhile prolongs the
        /// outage.
        var openOutages = 0
        /// The delays before the attempts that followed a failed one.
        var delays: [Duration] = []
    }

    private let state = Locked(State())

    var losses: Int { state.withLock { $0.losses } }
    var gaps: Int { state.withLock { $0.gaps } }
    var messages: Int { state.withLock { $0.messages } }
    var openOutages: Int { state.withLock { $0.openOutages } }
    var delays: [Duration] { state.withLock { $0.delays } }

    /// Takes an event of a subscription, of which `isOut` tells whether it has an outage without its gap.
    func add(_ event: PubSub.Event, _ isOut: inout Bool) {
        state.withLock { state in
            switch event {
            case .link(.lost):
                state.losses += 1
                if !isOut { state.openOutages += 1 }
                isOut = true
            case .link(.retrying(_, let delay)): state.delays.append(delay)
            case .gap(let gap) where gap.isComplete:
                state.gaps += 1
                if isOut { state.openOutages -= 1 }
                isOut = false
            default: break
            }
        }
    }

    func addMessage() { state.withLock { $0.messages += 1 } }
}

final class FlapSink: PubSubSink {
    private let log: FlapLog
    private var isOut = false

    init(_ log: FlapLog) { self.log = log }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) { log.addMessage() }
    func event(_ event: PubSub.Event) { log.add(event, &isOut) }
    func release(_ handler: UInt32) {}
    func turnEnded(isDrained: Bool) {}
    func ended(_ error: RedisError?) {}
}
