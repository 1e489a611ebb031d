/// Decides when a gap record is due. Pure: the times are given.
///
/// The record must come before the first event after the loss, and should come after the last subscription is restored,
/// because only then its end is known. When an event cannot wait for that, an incomplete record goes first and a
/// complete one follows.
package struct GapTracker {
    /// What was seen at the moment of a loss.
    package struct Loss: Sendable {
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
        /// Its names may be more than are still missed here; `known` has the say when there is one.
        var loss: Loss
        /// The names that are missed here. Made when it is first asked for: a link that is alone does not need it.
        var known: Set<Gap.Name>?
        var isReported = false
        /// The link was lost again before everything was restored: what the next link shows is of the later loss.
        var isRepeated = false

        var names: [Gap.Name] {
            guard let known else { return loss.names }
            if known.count == loss.names.count { return loss.names }
            var left = known
            return loss.names.filter { left.remove($0) != nil }
        }

        mutating func learnNames() { if known == nil { known = Set(loss.names) } }
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
    package var names: [Gap.Name] { open?.names ?? [] }

    /// The link is lost. A second loss before the first is accounted for prolongs it.
    package mutating func linkLost(_ loss: Loss) {
        guard let isReported = open?.isReported else { return open = Open(loss: loss) }
        open?.isRepeated = true
        if isReported { beginAnew(loss) }
        if let from = open?.loss.lastReceived, loss.lastReceived.monotonic < from.monotonic {
            open?.loss.lastReceived = loss.lastReceived
        }
        // Names come one by one where a server takes them away: each in the time that one takes.
        open?.learnNames()
        for name in loss.names where open?.known?.insert(name).inserted == true { open?.loss.names.append(name) }
    }

    /// What was told of the open loss stays told; its beginning stays the beginning. Its names stay, too: some may be missing
    /// still, and nothing more would be told of them.
    private mutating func beginAnew(_ loss: Loss) {
        open?.isReported = false
        open?.isRepeated = false
        open?.loss.cause = loss.cause
        open?.loss.lastEvent = loss.lastEvent
    }

    /// Names go to another link, and what is not accounted for of them with them. Returns that part of the loss.
    package mutating func release(_ names: [Gap.Name]) -> Loss? {
        guard open != nil else { return nil }
        open?.learnNames()
        let released = names.filter { open?.known?.remove($0) != nil }
        guard !released.isEmpty, var loss = open?.loss else { return nil }
        loss.names = released
        if open?.known?.isEmpty == true { open = nil }
        return loss
    }

    /// Whether the open loss touched a name.
    package mutating func touches(_ name: Gap.Name) -> Bool {
        open?.learnNames()
        return open?.known?.contains(name) ?? false
    }

    /// The server was the right one at that moment, and so it was until then.
    package mutating func trust(until moment: Moment) {
        if trustedUntil.map({ $0.monotonic < moment.monotonic }) ?? true { trustedUntil = moment }
    }

    /// The link that stands goes to another server than the one that was lost, which has not been the right one for longer than
    /// it was heard.
    package mutating func serverChanged() {
        guard let trustedUntil, let loss = open?.loss else { return }
        if trustedUntil.monotonic < loss.lastReceived.monotonic { open?.loss.lastReceived = trustedUntil }
    }

    /// Something is learnt about the cause.
    package mutating func explain(_ explanation: (Disconnect) -> Disconnect) {
        guard let cause = open?.loss.cause, open?.isRepeated == false else { return }
        open?.loss.cause = explanation(cause)
    }

    /// An event of the new link is about to be delivered.
    package mutating func willDeliver(at now: Moment) -> Gap? {
        guard let current = open, !current.isReported else { return nil }
        open?.isReported = true
        return gap(current, until: now, isComplete: false, missed: nil)
    }

    /// Everything that is wanted is subscribed again; at most `missed` publishes were missed.
    package mutating func allRestored(at now: Moment, missed: Int? = nil) -> Gap? {
        guard let current = open else { return nil }
        open = nil
        return gap(current, until: now, isComplete: true, missed: missed)
    }

    private func gap(_ open: Open, until: Moment, isComplete: Bool, missed: Int?) -> Gap {
        Gap(
            cause: open.loss.cause,
            from: open.loss.lastReceived,
            until: until,
            lastEvent: open.loss.lastEvent,
            isComplete: isComplete,
            names: open.names,
            missedPublishes: missed
        )
    }
}
