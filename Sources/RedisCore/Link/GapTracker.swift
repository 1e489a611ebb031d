/// Decides when a gap record is due. Pure: the times are given.
///
/// The record must come before the first event after the loss, and should come after the last subscription is restored,
/// because only then its end is known. When an event cannot wait for that, an incomplete record goes first and a
/// complete one follows. What is missed of a name begins at the last moment of proof for that name: names that were
/// lost at different moments get a record each.
package struct GapTracker {
    /// Names that were lost so close together share a record: a server takes them away one by one.
    private static let together = Duration.milliseconds(100)

    /// What was seen at the moment of a loss.
    package struct Loss: Sendable {
        package var cause: RedisDisconnect
        /// When the last bytes came.
        package var lastReceived: Moment
        package var lastEvent: Moment?
        package var names: [RedisGap.Name]
        /// The last moment of proof for those names for which it is not `lastReceived`.
        package var proofs: [RedisGap.Name: Moment] = [:]

        package init(
            cause: RedisDisconnect,
            lastReceived: Moment,
            lastEvent: Moment? = nil,
            names: [RedisGap.Name] = []
        ) {
            self.cause = cause
            self.lastReceived = lastReceived
            self.lastEvent = lastEvent
            self.names = names
        }

        /// The last moment of proof for a name.
        package func proof(of name: RedisGap.Name) -> Moment { proofs[name] ?? lastReceived }

        /// Another name is missed, since that moment.
        package mutating func add(_ name: RedisGap.Name, since moment: Moment) {
            names.append(name)
            setProof(of: name, moment)
        }

        fileprivate mutating func setProof(of name: RedisGap.Name, _ moment: Moment) {
            if moment == lastReceived { proofs[name] = nil } else { proofs[name] = moment }
        }
    }

    private struct Open {
        /// Its names may be more than are still missed here; `known` has the say when there is one.
        var loss: Loss
        /// The names that are missed here. Made when it is first asked for: a link that is alone does not need it.
        var known: Set<RedisGap.Name>?
        var isReported = false
        /// The link was lost again before everything was restored: what the next link shows is of the later loss.
        var isRepeated = false

        var names: [RedisGap.Name] {
            guard let known else { return loss.names }
            if known.count == loss.names.count { return loss.names }
            var left = known
            return loss.names.filter { left.remove($0) != nil }
        }

        mutating func learnNames() { if known == nil { known = Set(loss.names) } }

        /// The names by when they were lost, the earliest first.
        var parts: [(since: Moment, names: [RedisGap.Name])] {
            let names = names
            if loss.proofs.isEmpty || names.isEmpty { return [(loss.lastReceived, names)] }
            var parts: [(since: Moment, names: [RedisGap.Name])] = []
            var places: [Moment: Int] = [:]
            for moment in Set(names.map { loss.proof(of: $0) }).sorted(by: { $0.monotonic < $1.monotonic }) {
                let isNear = parts.last.map { $0.since.monotonic.duration(to: moment.monotonic) < GapTracker.together }
                if isNear != true { parts.append((moment, [])) }
                places[moment] = parts.count - 1
            }
            for name in names { if let place = places[loss.proof(of: name)] { parts[place].names.append(name) } }
            return parts
        }

        /// Of a name that is missed already the earlier moment counts.
        mutating func miss(_ name: RedisGap.Name, since moment: Moment) {
            if known?.insert(name).inserted == true {
                loss.add(name, since: moment)
            } else if moment.monotonic < loss.proof(of: name).monotonic {
                loss.setProof(of: name, moment)
            }
        }
    }

    private var open: Open? {
        didSet { isOpen = open != nil }
    }

    package init() {}

    /// Until when the server of the current or last link was known to be the right one, where that may become another
    /// without the link's end: a primary that was demoted goes on talking. `nil` where nobody looks after it.
    package var trustedUntil: Moment?

    /// Whether a loss is not fully accounted for yet. Kept beside the rest, because every message asks.
    package private(set) var isOpen = false

    /// The names that the open loss touched.
    package var names: [RedisGap.Name] { open?.names ?? [] }

    /// The link is lost. A second loss before the first is accounted for prolongs it.
    package mutating func linkLost(_ loss: Loss) {
        guard let isReported = open?.isReported else { return open = Open(loss: loss) }
        open?.isRepeated = true
        if isReported { beginAnew(loss) }
        if loss.names.isEmpty, let from = open?.loss.lastReceived, loss.lastReceived.monotonic < from.monotonic {
            open?.loss.lastReceived = loss.lastReceived
        }
        // Names come one by one where a server takes them away: each in the time that one takes.
        open?.learnNames()
        for name in loss.names { open?.miss(name, since: loss.proof(of: name)) }
    }

    /// What was told of the open loss stays told; its beginning stays the beginning. Its names stay, too: some may be
    /// missing still, and nothing more would be told of them.
    private mutating func beginAnew(_ loss: Loss) {
        open?.isReported = false
        open?.isRepeated = false
        open?.loss.cause = loss.cause
        open?.loss.lastEvent = loss.lastEvent
    }

    /// Names go to another link, and what is not accounted for of them with them. Returns that part of the loss.
    package mutating func release(_ names: [RedisGap.Name]) -> Loss? {
        guard open != nil else { return nil }
        open?.learnNames()
        let released = names.filter { open?.known?.remove($0) != nil }
        guard !released.isEmpty, var loss = open?.loss else { return nil }
        loss.names = released
        if !loss.proofs.isEmpty {
            let all = loss.proofs
            loss.proofs = [:]
            for name in released {
                loss.proofs[name] = all[name]
                open?.loss.proofs[name] = nil
            }
        }
        if open?.known?.isEmpty == true { open = nil }
        return loss
    }

    /// Whether the open loss touched a name.
    package mutating func touches(_ name: RedisGap.Name) -> Bool {
        open?.learnNames()
        return open?.known?.contains(name) ?? false
    }

    /// The server was the right one at that moment, and so it was until then.
    package mutating func trust(until moment: Moment) {
        if trustedUntil.map({ $0.monotonic < moment.monotonic }) ?? true { trustedUntil = moment }
    }

    /// The link that stands goes to another server than the one that was lost, which has not been the right one for
    /// longer than it was heard.
    package mutating func serverChanged() {
        guard let trustedUntil, let loss = open?.loss else { return }
        if trustedUntil.monotonic < loss.lastReceived.monotonic { open?.loss.lastReceived = trustedUntil }
        for (name, moment) in loss.proofs where trustedUntil.monotonic < moment.monotonic {
            open?.loss.setProof(of: name, trustedUntil)
        }
    }

    /// Something is learnt about the cause.
    package mutating func explain(_ explanation: (RedisDisconnect) -> RedisDisconnect) {
        guard let cause = open?.loss.cause, open?.isRepeated == false else { return }
        open?.loss.cause = explanation(cause)
    }

    /// An event of the new link is about to be delivered.
    package mutating func willDeliver(at now: Moment) -> [RedisGap] {
        guard let current = open, !current.isReported else { return [] }
        open?.isReported = true
        return gaps(current, until: now, isComplete: false, missed: nil)
    }

    /// Everything that is wanted is subscribed again; at most `missed` publishes were missed. The earliest gap comes
    /// first.
    package mutating func allRestored(at now: Moment, missed: Int? = nil) -> [RedisGap] {
        guard let current = open else { return [] }
        open = nil
        return gaps(current, until: now, isComplete: true, missed: missed)
    }

    /// Nothing will come any more, and what is not accounted for never is: what the stream misses up to its end.
    package mutating func ended(at now: Moment) -> [RedisGap] {
        guard let current = open else { return [] }
        open = nil
        return gaps(current, until: now, isComplete: false, missed: nil)
    }

    private func gaps(_ open: Open, until: Moment, isComplete: Bool, missed: Int?) -> [RedisGap] {
        open.parts.map { part in
            RedisGap(
                cause: open.loss.cause,
                from: part.since,
                until: until,
                lastEvent: open.loss.lastEvent,
                isComplete: isComplete,
                names: part.names,
                missedPublishes: missed
            )
        }
    }
}
