/// Decides when a gap record is due. Pure: the times are given.
///
/// The record must come before the first event after the loss, and should come after the last subscription is restored,
/// because only then its end is known. When an event cannot wait for that, an incomplete record goes first and a
/// complete one follows.
package struct GapTracker {
    private struct Open {
        var cause: Disconnect
        var from: Moment
        var isReported = false
    }

    private var open: Open? {
        didSet { isOpen = open != nil }
    }

    package init() {}

    /// Whether a loss is not fully accounted for yet. Kept beside the rest, because every message asks.
    package private(set) var isOpen = false

    /// The link is lost; `lastReceived` is when its last bytes came. A second loss before the first is accounted for
    /// prolongs it.
    package mutating func linkLost(_ cause: Disconnect, lastReceived: Moment) {
        if open == nil || open?.isReported == true { open = Open(cause: cause, from: open?.from ?? lastReceived) }
    }

    /// An event of the new link is about to be delivered.
    package mutating func willDeliver(at now: Moment) -> Gap? {
        guard let current = open, !current.isReported else { return nil }
        open?.isReported = true
        return gap(current, until: now, isComplete: false)
    }

    /// Everything that is wanted is subscribed again.
    package mutating func allRestored(at now: Moment) -> Gap? {
        guard let current = open else { return nil }
        open = nil
        return gap(current, until: now, isComplete: true)
    }

    private func gap(_ open: Open, until: Moment, isComplete: Bool) -> Gap {
        Gap(
            cause: open.cause,
            from: open.from.wall,
            until: until.wall,
            duration: open.from.monotonic.duration(to: until.monotonic),
            isComplete: isComplete
        )
    }
}
