// Names, and the links that have them.

extension MirrorMachine {
    /// Whether both links can be relied on for every name.
    var isFull: Bool {
        names.indices.allSatisfy { number in
            names[number].map { $0.links[.first].phase == .full && $0.links[.second].phase == .full } ?? true
        }
    }

    /// What the end of a link means for the names that it had.
    package struct Loss {
        /// No link has these now, or one that may be far behind. `confirmed` or `Action.restored` ends that.
        package var uncovered: [RedisGap.Name] = []
        /// The other link has these, but may not have received all that this one would have.
        package var unproven: [RedisGap.Name] = []
        /// What the other link had received of those, in order. It belongs behind the gap.
        package var held: [Held] = []
    }

    /// A name is wanted. Returns its number, which is good until `remove`. `isServers` tells that the nodes speak of
    /// themselves there.
    package mutating func insert(_ name: RedisGap.Name, seed: UInt64, isServers: Bool = false, at now: Instant) -> Int {
        names.insert { MirrorName(name, generation: $0, seed: seed, isServers: isServers, at: now) }
    }

    /// A name is of no interest any more.
    package mutating func remove(_ name: Int) {
        for side in MirrorSide.allCases { dropHeld(side) { $0 == name } }
        names.remove(name)
    }

    /// For the digests of a name's messages.
    package func seed(of name: Int) -> UInt64 { names[name]?.seed ?? 0 }

    /// The link whose messages are taken where the nodes speak of themselves.
    package func owner(of name: Int) -> MirrorSide { names[name]?.owner ?? .first }

    /// Whether a link has the name.
    package func has(_ name: Int, _ side: MirrorSide) -> Bool {
        names[name].map { $0.links[side].phase != .absent } ?? false
    }

    /// A link is open, and knows no names yet.
    package mutating func opened(_ side: MirrorSide, at now: Instant) { links[side].openedAt = now }

    /// A link has the name now. Returns whether that ends an open loss; else `Action.restored` will.
    package mutating func confirmed(_ side: MirrorSide, _ name: Int, at now: Instant) -> Bool {
        guard let entry = names[name], entry.links[side].phase == .absent else { return true }
        if entry.links[side.other].phase == .absent {
            names[name]?.links[side] = MirrorName.LinkState(phase: .full, since: now)
            // The other was still there when this one was opened: the confirmation may be old, and what is behind it
            // delivered.
            guard let last = entry.lastAt, let opened = links[side].openedAt, opened <= last else { return true }
            continueAlone(side, name, .recovering, at: now)
            return false
        } else if names[name]?.links[side.other].phase == .recovering {
            // The new one is sound, and the other one is to join.
            names[name]?.links[side] = MirrorName.LinkState(phase: .full, since: now)
            names[name]?.links[side.other].isLate = false
            join(side.other, name, at: now)
        } else {
            join(side, name, at: now)
        }
        return true
    }

    /// A link does not have the name any more, while it lives on.
    package mutating func left(_ side: MirrorSide, _ name: Int, at now: Instant) -> Loss {
        var loss = Loss()
        leave(side, name, &loss, at: now)
        dropHeld(side) { $0 == name }
        loss.held = takeHeld(of: side.other, at: now) { $0 == name }
        return loss
    }

    /// A link has missed something of the name, and lives on. Returns whether the other link has received it for
    /// certain.
    package mutating func missedMessages(_ side: MirrorSide, _ name: Int, at now: Instant) -> Bool {
        guard names[name]?.links[side.other].phase == .full else { return false }
        if names[name]?.links[side].phase != .absent { join(side, name, at: now) }
        return true
    }

    /// A link is gone.
    package mutating func lost(_ side: MirrorSide, at now: Instant) -> Loss {
        var loss = Loss()
        links[side].losses &+= 1
        // Who was joining is all there is now.
        for each in MirrorSide.allCases {
            links[each].joins = Queue()
            links[each].awaitingPong = []
            links[each].waiting = []
        }
        for name in names.indices { leave(side, name, &loss, at: now) }
        dropHeld(side) { _ in true }
        // What was kept for that link.
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
            // What it receives may have been delivered long ago.
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

    /// A link is all there is of a name. It is asked how far behind it is.
    private mutating func continueAlone(
        _ side: MirrorSide,
        _ name: Int,
        _ phase: MirrorName.Phase,
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

    /// A phase of a window's length begins; one in which the link is all there is lasts until it has answered.
    private mutating func begin(_ phase: MirrorName.Phase, _ side: MirrorSide, _ name: Int, at now: Instant) {
        names[name]?.links[side].phase = phase
        guard let entry = names[name] else { return }
        links[side].joins.append(
            Join(
                name: UInt32(name),
                generation: entry.generation,
                since: entry.links[side].since,
                phase: phase,
                due: phase == .full ? now : now + settings.window
            )
        )
    }

    /// A link has answered a PING of `Action.ping`: what its node had for it then has come. When both have, neither is
    /// behind.
    package mutating func answered(_ ping: Ping, at now: Instant) {
        let side = ping.side
        guard ping.number == links[side].lastPing else { return }
        links[side].pongsDue -= 1
        guard links[side].pongsDue == 0 else { return }
        // What was published since is as far behind as the answer was late.
        if links[side].pingedAt.duration(to: now) > settings.window / 2 { return sendPings(for: side, at: now) }
        var restored: [RedisGap.Name] = []
        for join in exchange(&links[side].awaitingPong, with: []) where isCurrent(join, side) {
            let name = Int(join.name)
            if join.phase == .full {
                if let entry = names[name], entry.links[side].phase == .recovering { restored.append(entry.name) }
                names[name]?.links[side].phase = .full
                names[name]?.links[side].isLate = false
            } else if join.phase == .joining {
                // What this link has received first until now, the other will deliver.
                for key in held.keys(of: side, where: { $0 == name }) { held.discardMessages(key) }
                begin(.inStep, side, name, at: now)
            } else if isRepeating(name, at: now) {
                links[side].waiting.append(join)
            } else {
                becomeFull(side, name, at: now)
            }
        }
        if !restored.isEmpty { due.append(.restored(restored)) }
        admitWaiting(at: now)
        notes.dropOverdue { [names] note in
            guard let name = names[Int(note.name)], name.generation == note.generation else { return true }
            return !name.links[note.side.other].mayBeBehind
        }
    }

    /// Those whose messages do not repeat themselves any more become full.
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

    /// Takes what a link has received first of some names, in order. From now on it counts as delivered. Messages that
    /// look alike may be such that were delivered already; they are dropped.
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

    /// Drops what a link has received first of some names, as if it had not.
    private mutating func dropHeld(_ side: MirrorSide, where isDropped: (Int) -> Bool) {
        for key in held.keys(of: side, where: isDropped) { notes.forgetHeld(key, held.remove(key).count) }
    }
}
