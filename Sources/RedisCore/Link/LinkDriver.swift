/// What a link is used for: subscriptions, MONITOR, commands. A `Session` owns one driver and calls it on the loop; all
/// calls are synchronous and none may block.
package protocol LinkDriver: AnyObject, SendableMetatype {
    /// Whether a link has ever done what it is for. Until then a failure is the caller's to hear; afterwards it is an
    /// outage, to be got over.
    var hasServed: Bool { get }

    /// A link stands again, and shows something of the end of the last one. Called before `linkIsReady`.
    func lossIsExplained(_ explanation: (RedisDisconnect) -> RedisDisconnect)

    /// Whether it tells anybody why a link was lost, so that it is worth a question to the server.
    var explainsLosses: Bool { get }

    /// Of which class of clients the server takes the link for.
    var outputBufferClass: OutputBufferLimit.Class { get }

    /// As how many bytes a byte that somebody sends to the server may come back over the link, at most.
    var outputPerInput: Int { get }

    /// How much the server kept for the link when it was last asked; `nil` when it was not.
    var queueSeen: Int? { get }

    /// The handshake is over. What is appended to `output` goes out in this turn.
    func linkIsReady(_ facts: ServerFacts, output: inout WriteBuffer)

    /// Whether a PING would be answered now, rather than after a command that may block.
    var canSendHeartbeat: Bool { get }

    /// Whether the server's `timeout` for idle clients applies: it spares subscribers and monitors.
    var mayTimeOut: Bool { get }

    /// Appends a PING, whose answer the driver recognises and keeps to itself.
    func sendHeartbeat(output: inout WriteBuffer)

    /// Takes the link over to new credentials, without losing anything that is on its way, and answers how that went.
    /// On a link that is lost meanwhile the answer is that loss.
    func authenticate(_ authentication: Authentication, output: inout WriteBuffer)

    /// The link stays with its old credentials, because the server refused the new ones, or there were none to be had.
    func authenticationFailed(_ error: RedisError)

    /// Bytes came; their frames follow.
    func readBegan(at moment: Moment)

    /// Takes whole frames off the front of what came: those that it knows without having them parsed. What is left is
    /// parsed and comes to `received`, one frame, before this is asked again. By default nothing is taken.
    func consumePrefix(at bytes: RawSpan, limits: RedisFrameLimits) -> ConsumedPrefix

    /// A frame came. Throwing gives the link up.
    func received(_ frame: borrowing Frame, output: inout WriteBuffer) throws(RedisError)

    /// All frames of one read have been given. `isDrained` tells that the socket had no more.
    func readEnded(isDrained: Bool)

    /// Whether to read on; asked after each read. By default always.
    var demand: LinkDemand { get }

    /// The link is not read any more, or is read again.
    func readingPaused(_ isPaused: Bool)

    /// The link that was ready is gone. `lastReceived` is when its last bytes came.
    func linkWasLost(_ cause: RedisDisconnect, lastReceived: Moment)

    /// An attempt failed; the next follows.
    func willRetry(_ error: RedisError, after delay: Duration)

    /// There will be no more attempts unless the session is started again.
    func gaveUp(_ error: RedisError)
}

extension LinkDriver {
    package var mayTimeOut: Bool { false }
    package var explainsLosses: Bool { false }
    package var outputBufferClass: OutputBufferLimit.Class { .normal }
    package var outputPerInput: Int { 2 }
    package var queueSeen: Int? { nil }

    package func consumePrefix(at bytes: RawSpan, limits: RedisFrameLimits) -> ConsumedPrefix { .nothing }

    package func lossIsExplained(_ explanation: (RedisDisconnect) -> RedisDisconnect) {}

    package var demand: LinkDemand { .more }

    package func readingPaused(_ isPaused: Bool) {}
}

/// What a driver wants of the bytes that have not been read yet.
package enum LinkDemand: Sendable {
    case more
    /// Leave them where they are until `adjustReading` is called.
    case pause
    /// No more, ever: the link has no use any longer.
    case stop(RedisError)
}

/// Whole frames that were taken without having been parsed one by one.
package struct ConsumedPrefix: Sendable {
    /// The bytes of all of them.
    package var byteCount: Int
    /// The bytes of the longest.
    package var largestFrame: Int

    package init(byteCount: Int, largestFrame: Int) {
        self.byteCount = byteCount
        self.largestFrame = largestFrame
    }

    package static let nothing = ConsumedPrefix(byteCount: 0, largestFrame: 0)
}

/// New credentials for a link that is up, the command that says them, and whoever waits for how that went.
package struct Authentication: Sendable {
    package let credentials: RedisCredentials
    package let command: RedisCommand
    package let promise: Promise<Void>

    init(_ credentials: RedisCredentials, protocolVersion: Int, _ promise: Promise<Void>) {
        self.credentials = credentials
        self.promise = promise
        let user = credentials.username ?? ""
        // Before 6.0, and so before RESP3, AUTH takes the password alone; later it may for the default user.
        let isPasswordOnly = protocolVersion < 3 && (user.isEmpty || user == "default")
        command = RedisCommand(
            isPasswordOnly
                ? ["AUTH", RedisBytes(credentials.password)]
                : ["AUTH", RedisBytes(user.isEmpty ? "default" : user), RedisBytes(credentials.password)]
        )
    }
}
