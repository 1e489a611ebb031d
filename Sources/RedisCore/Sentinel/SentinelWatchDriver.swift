/// What the link of a watch does: subscribes to the switches that a Sentinel tells of, and hands them on.
final class SentinelWatchDriver: LinkDriver {
    enum News: Sendable {
        /// From here on switches are told. What happened before has to be asked for.
        case listening
        case switched(SwitchMaster)
    }

    private let endpoint: RedisEndpoint
    private let tell: @Sendable (News) -> Void

    init(endpoint: RedisEndpoint, _ tell: @escaping @Sendable (News) -> Void) {
        self.endpoint = endpoint
        self.tell = tell
    }

    /// A Sentinel that is not there may come; nobody waits for it.
    var hasServed: Bool { true }
    var canAskForLife: Bool { true }

    func sendHeartbeat(output: inout WriteBuffer) { output.append { RedisCommand(["PING"]).encode(into: &$0) } }

    /// New credentials are used by the next link.
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer) {
        authentication.answer.complete(.success(()))
    }

    func authenticationFailed(_ error: RedisError) {}

    func readBegan(at moment: Moment) {}

    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer) {
        output.append { RedisCommand(["SUBSCRIBE", SwitchMaster.channel]).encode(into: &$0) }
    }

    /// Anything but an error that is neither of the two is of no interest, the answers to PING among it.
    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError) {
        let value = RESPValue(frame)
        if case .error(let line) = value { throw .server(line.description, at: endpoint, .subscribe) }
        guard let parts = value.elements, parts.count == 3, parts[1].bytes == SwitchMaster.channel else { return }
        switch parts[0].bytes {
        case "subscribe": tell(.listening)
        case "message": if let payload = parts[2].bytes, let news = SwitchMaster(payload) { tell(.switched(news)) }
        default: break
        }
    }

    func readEnded(isDrained: Bool) {}
    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment) {}
    func willRetry(_ error: RedisError, after delay: Duration) {}
    func gaveUp(_ error: RedisError) {}
}
