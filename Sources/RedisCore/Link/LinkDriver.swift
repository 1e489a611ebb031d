/// The use of a link: subscriptions, MONITOR, commands. A `Session` owns one driver and calls it on the loop. All calls
/// are synchronous and must not block.
package protocol LinkDriver: AnyObject, SendableMetatype {
    /// Whether a link has ever served its purpose. Before that, a failure is reported to the caller; after that, a
    /// failure is an outage, and the session retries.
    var hasServed: Bool { get }

    /// Whether what the link is used for ends with the connection, as a WATCH does. Then nothing opens it again once it
    /// has served, neither the policy nor a discovery that has found another server. By default it is opened again.
    var endsWithConnection: Bool { get }

    /// Called when a new link explains the end of the last one, before `linkIsReady`.
    func lossIsExplained(_ explanation: (RedisDisconnect) -> RedisDisconnect)

    /// Whether the driver reports why a link was lost, so that it is worth asking the server.
    var explainsLosses: Bool { get }

    /// The server's class of clients to which the link belongs.
    var outputBufferClass: OutputBufferLimit.Class { get }

    /// How many bytes of output over this link one byte that a client sends to the server may cause, at most.
    var outputPerInput: Int { get }

    /// The size of the server's output buffer for the link when the server was last asked; `nil` when it was not.
    var queueSeen: Int? { get }

    /// Called when the handshake is over. Bytes that are appended to `output` are sent in this turn.
    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer)

    /// Whether a PING would be answered now, rather than after a blocking command.
    var canSendHeartbeat: Bool { get }

    /// Whether the server's `timeout` for idle clients applies, which it does not for subscribers and monitors.
    var mayTimeOut: Bool { get }

    /// Appends a PING. The driver recognises the reply and does not show it.
    func sendHeartbeat(output: inout WriteBuffer)

    /// Changes the credentials of the link without losing anything, and completes the promise with the outcome. If the
    /// link is lost meanwhile, the outcome is that loss.
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer)

    /// Called when the link keeps its old credentials, because the server refused the new ones or the provider failed.
    func authenticationFailed(_ error: RedisError)

    /// Called when bytes have come. Their frames follow.
    func readBegan(at moment: Moment)

    /// Takes whole frames that the driver knows off the front of the received bytes, without parsing them. Then one
    /// frame is parsed and passed to `received`, and this is called again. By default nothing is taken.
    func consumePrefix(at bytes: RawSpan, limits: RedisFrameLimits) -> ConsumedPrefix

    /// Handles a frame. An error ends the connection.
    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError)

    /// Called when all frames of one read have been passed. `isDrained` says that the socket had no more.
    func readEnded(isDrained: Bool)

    /// Whether to read on. Read after each read. By default always.
    var demand: LinkDemand { get }

    /// Called when the link is not read any more, or is read again.
    func readingPaused(_ isPaused: Bool)

    /// Called when a connection ends before the system has taken the last `byteCount` bytes of the output, which no
    /// server has read. `linkWasLost` follows if the link was ready.
    func outputWasDiscarded(_ byteCount: Int)

    /// Called when a ready link is lost. `lastReceived` is when its last bytes came.
    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment)

    /// Called when an attempt has failed and the next one follows.
    func willRetry(_ error: RedisError, after delay: Duration)

    /// Called when there are no more attempts unless the session is started again.
    func gaveUp(_ error: RedisError)
}

extension LinkDriver {
    package var endsWithConnection: Bool { false }
    package var mayTimeOut: Bool { false }
    package var explainsLosses: Bool { false }
    package var outputBufferClass: OutputBufferLimit.Class { .normal }
    package var outputPerInput: Int { 2 }
    package var queueSeen: Int? { nil }

    package func consumePrefix(at bytes: RawSpan, limits: RedisFrameLimits) -> ConsumedPrefix { .nothing }

    package func lossIsExplained(_ explanation: (RedisDisconnect) -> RedisDisconnect) {}

    package func outputWasDiscarded(_ byteCount: Int) {}

    package var demand: LinkDemand { .more }

    package func readingPaused(_ isPaused: Bool) {}
}

/// What a driver wants of the bytes that have not been read yet.
package enum LinkDemand: Sendable {
    case more
    /// Do not read until `adjustReading` is called.
    case pause
    /// Read no more: the link is not needed any longer.
    case stop(RedisError)
}

/// Whole frames that were taken without being parsed one by one.
package struct ConsumedPrefix: Sendable {
    /// The bytes of all these frames.
    package var byteCount: Int
    /// The bytes of the longest frame.
    package var largestFrame: Int

    package init(byteCount: Int, largestFrame: Int) {
        self.byteCount = byteCount
        self.largestFrame = largestFrame
    }

    package static let nothing = ConsumedPrefix(byteCount: 0, largestFrame: 0)
}
