/// A change of links that is under way: new credentials for a subscriber in RESP2.
final class HandoverRun {
    /// What the user asks for while the names must not change.
    typealias Request = @Sendable (isolated Session<PubSubDriver>) -> Void

    let authentication: Authentication
    /// The link that is to take over.
    let successor: Session<HandoverDriver>
    /// For the digests of both links.
    let seed: UInt64
    /// Tells attempts apart: what an earlier one asked for is nothing to a later one.
    private(set) var attempt: UInt64

    /// Whether the names must not change: from when the successor is authenticated to when it has taken over.
    var isExclusive = false
    var requests: [Request] = []
    /// How many names both links have.
    var nameCount = 0
    var machine = Handover()
    /// What the successor brought since it had everything subscribed.
    var held: [Message] = []
    var timer: ScheduledCall?

    init(_ authentication: Authentication, _ successor: Session<HandoverDriver>, seed: UInt64) {
        self.authentication = authentication
        self.successor = successor
        self.seed = seed
        attempt = seed
    }

    deinit {
        timer?.cancel()
        successor.loop.execute { [successor] in successor.assumeIsolated { $0.closeNow() } }
    }

    /// The successor is, or has to be, at the beginning again.
    func startOver() {
        attempt &+= 1
        isExclusive = false
        machine = Handover()
        held = []
        timer?.cancel()
        timer = nil
    }
}
