/// Decides when a subscriber may go over from one link to another: what to ask, and with which message to go on.
///
/// Pure: what comes on both links goes in, questions and the switch come out.
package struct Handover {
    package enum Action: Equatable, Sendable {
        /// Send a PING on that link, and tell when it is answered.
        case ask(StreamAlignment.Side)
        /// Go over now. `isProven` is no when more than one place in the stream would be possible, or none.
        case goOver(isProven: Bool)
    }

    /// Where to go on.
    package struct Continuation: Equatable, Sendable {
        /// The first message of the new link, counted since it had everything subscribed, that the old one did not bring.
        package var from: Int
        /// How many of those that have not come yet did the old one bring.
        package var skipping: Int

        package init(from: Int, skipping: Int) {
            self.from = from
            self.skipping = skipping
        }
    }

    /// So many messages of the new link may wait, and so many bytes. Beyond that the switch is made unproven.
    package static let heldLimit = (messages: 1 << 17, bytes: 64 << 20)

    private var alignment = StreamAlignment()
    private var place: Int?
    private var heldBytes = 0

    package init() {}

    /// The new link has everything subscribed.
    package mutating func confirmed() -> Action { ask(.old) }

    private mutating func ask(_ side: StreamAlignment.Side) -> Action {
        alignment.willAsk(side)
        return .ask(side)
    }

    /// A message came on the old link, which delivers it.
    package mutating func oldReceived(_ digest: UInt64) { alignment.received(digest, on: .old) }

    /// A message came on the new link, where it waits.
    package mutating func newReceived(_ digest: UInt64, bytes: Int) {
        alignment.received(digest, on: .new)
        heldBytes += bytes
    }

    /// The PING on that link was answered.
    package mutating func answered(on side: StreamAlignment.Side) -> Action {
        alignment.answered(on: side)
        let places = alignment.places
        // What is proven stays so: more messages cannot make another place possible.
        if places.count == 1 {
            place = places[0]
            return .goOver(isProven: true)
        }
        let isOverLimit = alignment.count(.new) > Self.heldLimit.messages || heldBytes > Self.heldLimit.bytes
        if places.isEmpty || isOverLimit { return timeIsUp() }
        return ask(side == .old ? .new : .old)
    }

    /// It has to be done without a proof. Of all places the first is taken: a message may then be missing, never be there
    /// twice.
    package mutating func timeIsUp() -> Action {
        place = alignment.places.first ?? 0
        return .goOver(isProven: false)
    }

    /// Where to go on, by what has come until now. More may have come since the decision.
    package var continuation: Continuation {
        let delivered = alignment.count(.old) - (place ?? 0)
        let held = alignment.count(.new)
        return Continuation(from: min(delivered, held), skipping: max(0, delivered - held))
    }
}
