import RedisCommands
import RedisEvents
import RedisReactor

/// Keeps what a client tells its observer.
final class RecordingCommandObserver: RedisCommandObserver {
    struct Ended: Sendable {
        var operation: RedisOperation
        var outcome: RedisOperationOutcome
        var token: Int?
    }

    struct State: Sendable {
        var began: [RedisOperation] = []
        var ended: [Ended] = []
        var opened: [RedisEndpoint] = []
        var closed: [String] = []
        var lent: [RedisError?] = []
        var pool: [RedisPoolState] = []
    }

    let wantsKeys: Bool
    private let state = Locked(State())

    init(wantsKeys: Bool = false) { self.wantsKeys = wantsKeys }

    var all: State { state.withLock { $0 } }
    var ended: [Ended] { all.ended }

    func operationBegan(_ operation: RedisOperation) -> (any Sendable)? {
        state.withLock { state in
            state.began.append(operation)
            return state.began.count
        }
    }

    func operationEnded(_ operation: RedisOperation, _ outcome: RedisOperationOutcome, token: (any Sendable)?) {
        state.withLock { $0.ended.append(Ended(operation: operation, outcome: outcome, token: token as? Int)) }
    }

    func linkOpened(to node: RedisEndpoint, after time: Duration) { state.withLock { $0.opened.append(node) } }

    func linkClosed(to node: RedisEndpoint, because reason: String) { state.withLock { $0.closed.append(reason) } }

    func linkLent(after time: Duration, error: RedisError?) { state.withLock { $0.lent.append(error) } }

    func poolChanged(_ pool: RedisPoolState) { state.withLock { $0.pool.append(pool) } }
}

/// Keeps what objects for events tell their observer.
final class RecordingEventsObserver: RedisEventsObserver {
    struct State: Sendable {
        var reports: [RedisEventsReport.Stream: [RedisEventsReport]] = [:]
        var gaps: [RedisEventsReport.Stream: [RedisDisconnect.Reason]] = [:]
        var drops: [RedisEventsReport.Stream: Int] = [:]
        var links: [RedisEventsReport.Stream: [String]] = [:]
        var deliveries: [Duration] = []
    }

    let reportInterval: Duration
    private let state = Locked(State())

    init(every interval: Duration = .seconds(3600)) { reportInterval = interval }

    var all: State { state.withLock { $0 } }

    /// How many events were reported altogether.
    func received(by stream: RedisEventsReport.Stream) -> Int {
        all.reports[stream, default: []].reduce(0) { $0 + $1.receivedEvents }
    }

    func receivedBytes(by stream: RedisEventsReport.Stream) -> Int {
        all.reports[stream, default: []].reduce(0) { $0 + $1.receivedBytes }
    }

    func reported(_ report: RedisEventsReport, of stream: RedisEventsReport.Stream) {
        state.withLock { $0.reports[stream, default: []].append(report) }
    }

    func gapFound(because cause: RedisDisconnect, for duration: Duration?, in stream: RedisEventsReport.Stream) {
        state.withLock { $0.gaps[stream, default: []].append(cause.reason) }
    }

    func eventsDropped(_ events: Int, bytes: Int, by stream: RedisEventsReport.Stream) {
        state.withLock { $0.drops[stream, default: 0] += events }
    }

    func linkChanged(_ event: RedisLinkEvent, of stream: RedisEventsReport.Stream) {
        let word =
            switch event {
            case .lost: "lost"
            case .retrying: "retrying"
            case .restored: "restored"
            case .authenticationFailed: "authentication failed"
            }
        state.withLock { $0.links[stream, default: []].append(word) }
    }

    func probeArrived(after time: Duration, in stream: RedisEventsReport.Stream) {
        state.withLock { $0.deliveries.append(time) }
    }
}
