/// Decides when a gap record is due. Pure: the caller passes the times.
///
/// The record must come before the first event after the loss, and should come after the last subscription is restored,
/// because only then its end is known. If an event comes before that, an incomplete record is sent first and a complete
/// one follows. The gap of each name begins at the last moment at which the name is known to have been subscribed;
/// names whose gaps begin at different moments get a record each.
package struct GapTracker {
    /// Names whose gaps begin within this time share a record, because a server takes names away one by one.
    private static let together = Duration.milliseconds(100)

    /// The state at the moment of a loss.
    package struct Loss: Sendable {
        package var cause: RedisDisconnect
        /// When the last bytes came.
        package var lastReceived: Moment
        package var lastEvent: Moment?
        package var names: [RedisGap.Name]
        /// Where the gaps of names begin, for the names whose gap does not begin at `lastReceived`.
        package var beginnings: [RedisGap.Name: Moment] = [:]

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

        /// Where the gap of a name begins.
        package func beginning(of name: RedisGap.Name) -> Moment { beginnings[name] ?? lastReceived }

        /// Adds a name whose gap begins at `moment`.
        package mutating func add(_ name: RedisGap.Name, since moment: Moment) {
            names.append(name)
            setBeginning(of: name, moment)
        }

        fileprivate mutating func setBeginning(of name: RedisGap.Name, _ moment: Moment) {
            if moment == lastReceived { beginnings[name] = nil } else { beginnings[name] = moment }
        }
    }

    private struct Open {
        /// The open loss. Its names may include some that are not missed any more; `known` decides if it is set.
        var loss: Loss
        /// The names that are still missed. Made when it is first needed: a link outside of a cluster does not need it.
        var known: Set<RedisGap.Name>?
        var isReported = false
        /// Whether the link was lost again before everything was restored. The next link then only explains the later
        /// loss.
        var isRepeated = false

        var names: [RedisGap.Name] {
            guard let known else { return loss.names }
            if known.count == loss.names.count { return loss.names }
            var left = known
            return loss.names.filter { left.remove($0) != nil }
        }

        mutating func learnNames() { if known == nil { known = Set(loss.names) } }

        /// The names grouped by the beginnings of their gaps, the earliest first.
        var parts: [(since: Moment, names: [RedisGap.Name])] {
            let names = names
            if loss.beginnings.isEmpty || names.isEmpty { return [(loss.lastReceived, names)] }
            var parts: [(since: Moment, names: [RedisGap.Name])] = []
            var places: [Moment: Int] = [:]
            for moment in Set(names.map { loss.beginning(of: $0) }).sorted(by: { $0.monotonic < $1.monotonic }) {
                let isNear = parts.last.map { $0.since.monotonic.duration(to: moment.monotonic) < GapTracker.together }
                if isNear != true { parts.append((moment, [])) }
                places[moment] = parts.count - 1
            }
            for name in names { if let place = places[loss.beginning(of: name)] { parts[place].names.append(name) } }
            return parts
        }

        /// Adds a missed name. If the name is missed already, the earlier moment counts.
        mutating func miss(_ name: RedisGap.Name, since moment: Moment) {
            if known?.insert(name).inserted == true {
                loss.add(name, since: moment)
            } else if moment.monotonic < loss.beginning(of: name).monotonic {
                loss.setBeginning(of: name, moment)
            }
        }
    }

    private var open: Open? {
        didSet { isOpen = open != nil }
    }

    package init() {}

    /// Until when the server of the current or last link was known to be the right one, where that may change without
    /// the link's end: a demoted primary keeps sending. `nil` where nobody checks.
    package var trustedUntil: Moment?

    /// Whether a loss is open. A property of its own, because it is read for each message.
    package private(set) var isOpen = false

    /// The names of the open loss.
    package var names: [RedisGap.Name] { open?.names ?? [] }

    /// Opens the loss of a link. If a loss is open already, it is extended.
    package mutating func linkLost(_ loss: Loss) {
        guard let isReported = open?.isReported else { return open = Open(loss: loss) }
        open?.isRepeated = true
        if isReported { restart(loss) }
        if loss.names.isEmpty, let from = open?.loss.lastReceived, loss.lastReceived.monotonic < from.monotonic {
            open?.loss.lastReceived = loss.lastReceived
        }
        // A server takes names away one by one, so the loss of each name begins with its own message.
        open?.learnNames()
        for name in loss.names { open?.miss(name, since: loss.beginning(of: name)) }
    }

    /// Starts the report anew after a further loss. What was reported of the open loss stays reported, and its
    /// beginning stays the beginning. Its names stay too, because some may still be missing and would not be reported
    /// otherwise.
    private mutating func restart(_ loss: Loss) {
        open?.isReported = false
        open?.isRepeated = false
        open?.loss.cause = loss.cause
        open?.loss.lastEvent = loss.lastEvent
    }

    /// Releases names that move to another link, with their part of the loss. Returns that part.
    package mutating func release(_ names: [RedisGap.Name]) -> Loss? {
        guard open != nil else { return nil }
        open?.learnNames()
        let released = names.filter { open?.known?.remove($0) != nil }
        guard !released.isEmpty, var loss = open?.loss else { return nil }
        loss.names = released
        if !loss.beginnings.isEmpty {
            let all = loss.beginnings
            loss.beginnings = [:]
            for name in released {
                loss.beginnings[name] = all[name]
                open?.loss.beginnings[name] = nil
            }
        }
        if open?.known?.isEmpty == true { open = nil }
        return loss
    }

    /// Whether the open loss includes a name.
    package mutating func touches(_ name: RedisGap.Name) -> Bool {
        open?.learnNames()
        return open?.known?.contains(name) ?? false
    }

    /// Notes that the server was the right one at that moment, and so until then.
    package mutating func trust(until moment: Moment) {
        if trustedUntil.map({ $0.monotonic < moment.monotonic }) ?? true { trustedUntil = moment }
    }

    /// Notes that the new link goes to another server. The lost server may have stopped being the right one before its
    /// last bytes came.
    package mutating func serverChanged() {
        guard let trustedUntil, let loss = open?.loss else { return }
        if trustedUntil.monotonic < loss.lastReceived.monotonic { open?.loss.lastReceived = trustedUntil }
        for (name, moment) in loss.beginnings where trustedUntil.monotonic < moment.monotonic {
            open?.loss.setBeginning(of: name, trustedUntil)
        }
    }

    /// Updates the cause when more is known.
    package mutating func explain(_ explanation: (RedisDisconnect) -> RedisDisconnect) {
        guard let cause = open?.loss.cause, open?.isRepeated == false else { return }
        open?.loss.cause = explanation(cause)
    }

    /// The gaps to report before an event of the new link.
    package mutating func willDeliver(at now: Moment) -> [RedisGap] {
        guard let current = open, !current.isReported else { return [] }
        open?.isReported = true
        return gaps(current, until: now, isComplete: false, missed: nil)
    }

    /// Closes the loss, because every wanted name is subscribed again; at most `missed` publishes were missed. Returns
    /// the gaps to report, the earliest first.
    package mutating func allRestored(at now: Moment, missed: Int? = nil) -> [RedisGap] {
        guard let current = open else { return [] }
        open = nil
        return gaps(current, until: now, isComplete: true, missed: missed)
    }

    /// Closes the loss at the end of the stream. Returns the gaps up to that end.
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
