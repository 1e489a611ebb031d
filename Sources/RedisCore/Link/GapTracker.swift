/// Decides when a gap record is due. Pure: the times are given.
///
/// The record must come before the first event after the loss, and should come after the last subscription is restored,
/// because only then its end is known. When an event cannot wait for that, an incomplete record goes first and a
/// complete one follows.
package struct GapTracker {
    /// What was seen at the moment of a loss.
    package struct Loss {
        package var cause: Disconnect
        /// When the last bytes came.
        package var lastReceived: Moment
        package var lastEvent: Moment?
        package var names: [Gap.Name]

        package init(cause: Disconnect, lastReceived: Moment, lastEvent: Moment? = nil, names: [Gap.Name] = []) {
            self.cause = cause
            self.lastReceived = lastReceived
            self.lastEvent = lastEvent
            self.names = names
        }
    }

    private struct Open {
        var loss: Loss
        var isReported = false
        /// The link was lost again before everything was restored: what the next link shows is of the later loss.
        var isRepeated = false
    }

    private var open: Open? {
        didSet { isOpen = open != nil }
    }

    package init() {}

    /// Until when the server of the current or last link was known to be the right one, where that may become another without
    /// the link's end: a primary that was demoted goes on talking. `nil` where nobody looks after it.
    package var trustedUntil: Moment?

    /// Whether a loss is not fully accounted for yet. Kept beside the rest, because every message asks.
    package private(set) var isOpen = false

    /// The names that the open loss touched.
    package var names: [Gap.Name] { open?.loss.names ?? [] }

    /// The link is lost. A second loss before the first is accounted for prolongs it.
    package mutating func linkLost(_ loss: Loss) {
        guard let current = open else { return open = Open(loss: loss) }
        open?.isRepeated = true
        guard current.isReported else {
            let known = Set(current.loss.names)
            open?.loss.names += loss.names.filter { !known.contains($0) }
            return
        }
        var next = Open(loss: loss)
        next.loss.lastReceived = current.loss.lastReceived
        open = next
    }

    /// The link that stands goes to another server than the one that was lost, which has not been the right one for longer than
    /// it was heard.
    package mutating func serverChanged() {
        guard let trustedUntil, let loss = open?.loss else { return }
        if trustedUntil.monotonic < loss.lastReceived.monotonic { open?.loss.lastReceived = trustedUntil }
    }

    /// Something is learnt about the cause.
    package mutating func explain(_ explanation: (Disconnect) -> Disconnect) {
        guard let current = open, !current.isRepeated else { return }
        open?.loss.cause = explanation(current.loss.cause)
    }

    /// An event of the new link is about to be delivered.
    package mutating func willDeliver(at now: Moment) -> Gap? {
        guard let current = open, !current.isReported else { return nil }
        open?.isReported = true
        return gap(current.loss, until: now, isComplete: false, missed: nil)
    }

    /// Everything that is wanted is subscribed again; at most `missed` publishes were missed.
    package mutating func allRestored(at now: Moment, missed: Int? = nil) -> Gap? {
        guard let current = open else { return nil }
        open = nil
        return gap(current.loss, until: now, isComplete: true, missed: missed)
    }

    private func gap(_ loss: Loss, until: Moment, isComplete: Bool, missed: Int?) -> Gap {
        Gap(
            cause: loss.cause,
            from: loss.lastReceived,
            until: until,
            lastEvent: loss.lastEvent,
            isComplete: isComplete,
            names: loss.names,
            missedPublishes: missed
        )
    }
}
