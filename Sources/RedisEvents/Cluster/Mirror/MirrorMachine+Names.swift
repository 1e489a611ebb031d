// The names of the machine, and the links that have them.

extension MirrorMachine {
    /// Whether both links can be relied on for every name.
    var isFull: Bool {
        names.indices.allSatisfy { number in
            names[number].map { $0.links[.first].phase == .full && $0.links[.second].phase == .full } ?? true
        }
    }

    /// What the end of a link means for the names that the link had.
    package struct Loss {
        /// Names that no link has now, or only a link that may be far behind. `confirmed` or `Action.restored` ends
        /// that.
        package var uncovered: [RedisGap.Name] = []
        /// Names that the other link has. Whether it has received everything that this link would have received is not
        /// known.
        package var unproven: [RedisGap.Name] = []
        /// Messages of the `unproven` names that the other link has received, in order. They belong behind the gap.
        package var held: [Held] = []
    }

    /// Whether the user got the messages of a name that one link has left out since then, by way of the other link.
    package func hasDelivered(_ name: Int, leftOutBy side: MirrorSide, since start: Instant) -> Bool {
        guard let entry = names[name] else { return true }
        // The nodes publish different messages to such a name, and those of one of them are taken.
        if entry.isServers { return entry.owner != side }
        let other = entry.links[side.other]
        return other.phase == .full && other.since <= start
    }

    /// Adds a wanted name. Returns its number, which is valid until `remove`. `isServers` says that each node publishes
    /// to this name about itself.
    package mutating func insert(_ name: RedisGap.Name, seed: UInt64, isServers: Bool = false, at now: Instant) -> Int {
        names.insert { MirroredNameState(name, generation: $0, seed: seed, isServers: isServers, at: now) }
    }

    /// Removes a name that is not wanted any more.
    package mutating func remove(_ name: Int) {
        for side in MirrorSide.allCases { dropHeld(side) { $0 == name } }
        names.remove(name)
    }

    /// The seed for the digests of a name's messages.
    package func seed(of name: Int) -> UInt64 { names[name]?.seed ?? 0 }

    /// The link whose messages are taken for a name to which each node publishes about itself.
    package func owner(of name: Int) -> MirrorSide { names[name]?.owner ?? .first }

    /// Whether a link has the name.
    package func has(_ name: Int, _ side: MirrorSide) -> Bool {
        names[name].map { $0.links[side].phase != .absent } ?? false
    }

    /// Called when a link is open. It has no names yet.
    package mutating func opened(_ side: MirrorSide, at now: Instant) { links[side].openedAt = now }

    /// Called when a link has the name. Returns whether that ends an open loss; otherwise `Action.restored` will.
    package mutating func confirmed(_ side: MirrorSide, _ name: Int, at now: Instant) -> Bool {
        guard let entry = names[name], entry.links[side].phase == .absent else { return true }
        if entry.links[side.other].phase == .absent {
            names[name]?.links[side] = MirroredNameState.LinkState(phase: .full, since: now)
            // The other link was still up when this one was opened. The confirmation may be old, and the messages
            // behind it may have been delivered already.
            guard let last = entry.lastAt, let opened = links[side].openedAt, opened <= last else { return true }
            continueAlone(side, name, .recovering, at: now)
            return false
        } else if names[name]?.links[side.other].phase == .recovering {
            // The new link is reliable, and the other link has to join it.
            names[name]?.links[side] = MirroredNameState.LinkState(phase: .full, since: now)
            names[name]?.links[side.other].isLate = false
            join(side.other, name, at: now)
        } else {
            join(side, name, at: now)
        }
        return true
    }

    /// Called when a link that stays up does not have the name any more.
    package mutating func left(_ side: MirrorSide, _ name: Int, at now: Instant) -> Loss {
        var loss = Loss()
        leave(side, name, &loss, at: now)
        dropHeld(side) { $0 == name }
        loss.held = takeHeld(of: side.other, at: now) { $0 == name }
        return loss
    }

    /// Called when a link that stays up has missed messages of the name. Returns whether the other link has certainly
    /// received them.
    package mutating func missedMessages(_ side: MirrorSide, _ name: Int, at now: Instant) -> Bool {
        guard names[name]?.links[side.other].phase == .full else { return false }
        if names[name]?.links[side].phase != .absent { join(side, name, at: now) }
        return true
    }

    /// Called when a link is lost.
    package mutating func lost(_ side: MirrorSide, at now: Instant) -> Loss {
        var loss = Loss()
        links[side].losses &+= 1
        // A link that was joining is the only one now.
        for each in MirrorSide.allCases {
            links[each].joins = Queue()
            links[each].joinsAlone = []
            links[each].awaitingPong = []
            links[each].waiting = []
        }
        for name in names.indices { leave(side, name, &loss, at: now) }
        dropHeld(side) { _ in true }
        // These notes were kept for the lost link.
        notes.dropOverdue { $0.side != side }
        loss.held = takeHeld(of: side.other, at: now) { _ in true }
        return loss
    }

    private mutating func leave(_ side: MirrorSide, _ name: Int, _ loss: inout Loss, at now: Instant) {
        guard let entry = names[name], entry.links[side].phase != .absent else { return }
        let wasFull = entry.links[side].phase == .full
        let wasOwner = entry.isServers && entry.owner == side
        names[name]?.links[side].phase = .absent
        names[name]?.links[side].isLate = false
        switch entry.links[side.other].phase {
        case .absent: loss.uncovered.append(entry.name)
        case .joining, .recovering:
            // The messages of that link may have been delivered long ago.
            dropHeld(side.other) { $0 == name }
            continueAlone(side.other, name, .recovering, at: now)
            loss.uncovered.append(entry.name)
        case .inStep:
            continueAlone(side.other, name, .full, at: now)
            loss.unproven.append(entry.name)
        case .full:
            continueAlone(side.other, name, .full, at: now)
            if wasFull && wasOwner { loss.unproven.append(entry.name) }
        }
    }

    /// Goes on with the only link that has the name, and asks how far behind that link is.
    private mutating func continueAlone(
        _ side: MirrorSide,
        _ name: Int,
        _ phase: MirroredNameState.Phase,
        at now: Instant
    ) {
        names[name]?.links[side].isLate = true
        begin(.full, side, name, at: now)
        names[name]?.links[side].phase = phase
    }

    mutating func join(_ side: MirrorSide, _ name: Int, at now: Instant) {
        names[name]?.links[side].since = now
        begin(.joining, side, name, at: now)
    }

    /// Begins a phase that lasts as long as the window. The phase of an only link lasts until that link has answered.
    private mutating func begin(_ phase: MirroredNameState.Phase, _ side: MirrorSide, _ name: Int, at now: Instant) {
        names[name]?.links[side].phase = phase
        guard let entry = names[name] else { return }
        let isAlone = phase == .full
        let join = Join(
            name: UInt32(name),
            generation: entry.generation,
            since: entry.links[side].since,
            phase: phase,
            due: isAlone ? now : now + settings.window
        )
        if isAlone { links[side].joinsAlone.append(join) } else { links[side].joins.append(join) }
    }

    /// Called when a link has answered a PING of `Action.ping`: everything that its node had sent before has been
    /// received. When both links have answered, neither is behind.
    package mutating func answered(_ ping: Ping, at now: Instant) {
        let side = ping.side
        guard ping.number == links[side].lastPing else { return }
        links[side].pongsDue -= 1
        guard links[side].pongsDue == 0 else { return }
        // What was published after the PING is as far behind as the reply was late.
        if links[side].pingedAt.duration(to: now) > settings.window / 2 { return sendPings(for: side, at: now) }
        var restored: [RedisGap.Name] = []
        for join in exchange(&links[side].awaitingPong, with: []) where isCurrent(join, side) {
            let name = Int(join.name)
            if join.phase == .full {
                if let entry = names[name], entry.links[side].phase == .recovering { restored.append(entry.name) }
                names[name]?.links[side].phase = .full
                names[name]?.links[side].isLate = false
            } else if join.phase == .joining {
                // The other link will deliver what this link has received first until now.
                for key in held.keys(of: side, where: { $0 == name }) { held.discardMessages(key) }
                begin(.inStep, side, name, at: now)
            } else {
                // It becomes full below, unless its messages repeat.
                links[side].waiting.append(join)
            }
        }
        if !restored.isEmpty { due.append(.restored(restored)) }
        admitWaiting(at: now)
        notes.dropOverdue { [names] note in
            guard let name = names[Int(note.name)], name.generation == note.generation else { return true }
            return !name.links[note.side.other].mayBeBehind
        }
    }

    /// Makes the waiting links full whose messages do not repeat any more.
    mutating func admitWaiting(at now: Instant) {
        for side in MirrorSide.allCases where !links[side].waiting.isEmpty {
            for join in exchange(&links[side].waiting, with: []) where isCurrent(join, side) {
                let name = Int(join.name)
                let isQuiet = names[name]?.lastAt.map { $0 + settings.window <= now } ?? true
                if isQuiet || !isRepeating(name, at: now) {
                    becomeFull(side, name, at: now)
                } else {
                    links[side].waiting.append(join)
                }
            }
        }
    }

    private mutating func becomeFull(_ side: MirrorSide, _ name: Int, at now: Instant) {
        names[name]?.links[side].phase = .full
        let released = takeHeld(of: side, at: now) { $0 == name }
        if !released.isEmpty { due.append(.deliver(released)) }
    }

    func isCurrent(_ join: Join, _ side: MirrorSide) -> Bool {
        guard let name = names[Int(join.name)], name.generation == join.generation else { return false }
        let link = name.links[side]
        if join.phase == .full { return link.isLate && link.since == join.since }
        return link.phase == join.phase && link.since == join.since
    }

    // MARK: Held messages

    /// Takes the messages of some names that a link has received first, in order. From now on they count as delivered.
    /// Messages with equal digests may have been delivered already, so they are dropped.
    private mutating func takeHeld(of side: MirrorSide, at now: Instant, where isTaken: (Int) -> Bool) -> [Held] {
        var taken: [MirrorHeld<Held>.Entry] = []
        for key in held.keys(of: side, where: isTaken) {
            let entries = held.remove(key)
            guard let name = entries.first?.name else { continue }
            if isRepeating(Int(name), at: now) || entries.contains(where: { $0.message == nil }) {
                notes.forgetHeld(key, entries.count)
            } else {
                notes.deliverHeld(key)
                taken += entries
            }
        }
        return taken.sorted { $0.number < $1.number }.compactMap(\.message)
    }

    /// Drops the messages of some names that a link has received first, as if they had not been received.
    private mutating func dropHeld(_ side: MirrorSide, where isDropped: (Int) -> Bool) {
        for key in held.keys(of: side, where: isDropped) { notes.forgetHeld(key, held.remove(key).count) }
    }
}
