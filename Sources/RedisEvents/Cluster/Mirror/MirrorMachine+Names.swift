// Names, and the links that have them.

extension MirrorMachine {
    /// Whether both links can be relied on for every name.
    var isFull: Bool {
        names.allSatisfy { name in
            name.map { $0.places[.first].phase == .full && $0.places[.second].phase == .full } ?? true
        }
    }

    /// What the end of a link means for the names that it had.
    package struct Loss {
        /// No link has these now, or one that may be far behind. `confirmed` or `Action.restored` ends that.
        package var uncovered: [RedisGap.Name] = []
        /// The other link has these, but may not have brought all that this one would have.
        package var unproven: [RedisGap.Name] = []
        /// What the other link had brought of those, in order. It belongs behind the gap.
        package var held: [Held] = []
    }

    /// A name is wanted. Returns its number, which is good until `remove`. `isServers` tells that the nodes speak of themselves
    /// there.
    package mutating func insert(_ name: RedisGap.Name, seed: UInt64, isServers: Bool = false, at now: Instant) -> Int {
        generation &+= 1
        let entry = MirrorName(name, generation: generation, seed: seed, isServers: isServers, at: now)
        if let free = freeNames.popLast() {
            names[Int(free)] = entry
            return Int(free)
        }
        names.append(entry)
        return names.count - 1
    }

    /// A name is of no interest any more.
    package mutating func remove(_ name: Int) {
        for side in MirrorSide.allCases { dropHeld(side) { $0 == name } }
        names[name] = nil
        freeNames.append(UInt32(name))
    }

    /// For the digests of a name's messages.
    package func seed(of name: Int) -> UInt64 { names[name]?.seed ?? 0 }

    /// The link whose messages are taken where the nodes speak of themselves.
    package func owner(of name: Int) -> MirrorSide { names[name]?.owner ?? .first }

    /// Whether a link has the name.
    package func has(_ name: Int, _ side: MirrorSide) -> Bool {
        names[name].map { $0.places[side].phase != .absent } ?? false
    }

    /// A link is open, and knows no names yet.
    package mutating func opened(_ side: MirrorSide, at now: Instant) { openedAt[side] = now }

    /// A link has the name now. Returns whether that ends an open loss; else `Action.restored` will.
    package mutating func confirmed(_ side: MirrorSide, _ name: Int, at now: Instant) -> Bool {
        guard let entry = names[name], entry.places[side].phase == .absent else { return true }
        if entry.places[side.other].phase == .absent {
            names[name]?.places[side] = MirrorName.Place(phase: .full, since: now)
            // The other was still there when this one was opened: the confirmation may be old, and what is behind it delivered.
            guard let last = entry.lastAt, let opened = openedAt[side], opened <= last else { return true }
            surviveAlone(side, name, .recovering, at: now)
            return false
        } else if names[name]?.places[side.other].phase == .recovering {
            // The new one is sound, and the other one is to join.
            names[name]?.places[side] = MirrorName.Place(phase: .full, since: now)
            names[name]?.places[side.other].isLate = false
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

    /// A link has missed something of the name, and lives on. Returns whether the other link has brought it for certain.
    package mutating func lapsed(_ side: MirrorSide, _ name: Int, at now: Instant) -> Bool {
        guard names[name]?.places[side.other].phase == .full else { return false }
        if names[name]?.places[side].phase != .absent { join(side, name, at: now) }
        return true
    }

    /// A link is gone.
    package mutating func lost(_ side: MirrorSide, at now: Instant) -> Loss {
        var loss = Loss()
        losses[side] &+= 1
        // Who was joining is all there is now.
        joins = MirrorPair(Queue(), Queue())
        asked = MirrorPair([], [])
        waiting = MirrorPair([], [])
        for name in names.indices { leave(side, name, &loss, at: now) }
        dropHeld(side) { _ in true }
        // What was kept for that link.
        notes.dropOld { $0.side != side }
        loss.held = takeHeld(of: side.other, at: now) { _ in true }
        return loss
    }

    private mutating func leave(_ side: MirrorSide, _ name: Int, _ loss: inout Loss, at now: Instant) {
        guard let entry = names[name], entry.places[side].phase != .absent else { return }
        let wasFull = entry.places[side].phase == .full
        let wasOwner = entry.isServers && entry.owner == side
        names[name]?.places[side].phase = .absent
        names[name]?.places[side].isLate = false
        switch entry.places[side.other].phase {
        case .absent: loss.uncovered.append(entry.name)
        case .joining, .recovering:
            // What it brings may have been delivered long ago.
            dropHeld(side.other) { $0 == name }
            surviveAlone(side.other, name, .recovering, at: now)
            loss.uncovered.append(entry.name)
        case .inStep:
            surviveAlone(side.other, name, .full, at: now)
            loss.unproven.append(entry.name)
        case .full:
            surviveAlone(side.other, name, .full, at: now)
            if wasFull && wasOwner { loss.unproven.append(entry.name) }
        }
    }

    /// A link is all there is of a name. It is asked how far behind it is.
    private mutating func surviveAlone(
        _ side: MirrorSide,
        _ name: Int,
        _ phase: MirrorName.Phase,
        at now: Instant
    ) {
        names[name]?.places[side].isLate = true
        begin(.full, side, name, at: now)
        names[name]?.places[side].phase = phase
    }

    mutating func join(_ side: MirrorSide, _ name: Int, at now: Instant) {
        names[name]?.places[side].since = now
        begin(.joining, side, name, at: now)
    }

    /// A phase of a window's length begins; one in which the link is all there is lasts until it has answered.
    private mutating func begin(_ phase: MirrorName.Phase, _ side: MirrorSide, _ name: Int, at now: Instant) {
        names[name]?.places[side].phase = phase
        guard let entry = names[name] else { return }
        joins[side].append(
            Join(
                name: UInt32(name),
                generation: entry.generation,
                since: entry.places[side].since,
                phase: phase,
                due: phase == .full ? now : now + settings.window
            )
        )
    }

    /// A link has answered a PING that was asked for: what its node had for it then has come. When both have, neither is behind.
    package mutating func answered(_ question: Question, at now: Instant) {
        let side = question.side
        guard question.number == questions[side] else { return }
        answersDue[side] -= 1
        guard answersDue[side] == 0 else { return }
        // What was published since is as far behind as the answer was late.
        if askedAt[side].duration(to: now) > settings.window / 2 { return ask(for: side, at: now) }
        var restored: [RedisGap.Name] = []
        for join in exchange(&asked[side], with: []) where isCurrent(join, side) {
            let name = Int(join.name)
            if join.phase == .full {
                if let entry = names[name], entry.places[side].phase == .recovering { restored.append(entry.name) }
                names[name]?.places[side].phase = .full
                names[name]?.places[side].isLate = false
            } else if join.phase == .joining {
                disown(side, name)
                begin(.inStep, side, name, at: now)
            } else if repeats(name, at: now) {
                waiting[side].append(join)
            } else {
                complete(side, name, at: now)
            }
        }
        if !restored.isEmpty { due.append(.restored(restored)) }
        admitWaiting(at: now)
        notes.dropOld { [names] note in
            guard let name = names[Int(note.name)], name.generation == note.generation else { return true }
            return !name.places[note.side.other].mayBeBehind
        }
    }

    /// Lets in those for whose sake nothing need be waited for any more.
    mutating func admitWaiting(at now: Instant) {
        for side in MirrorSide.allCases where !waiting[side].isEmpty {
            for join in exchange(&waiting[side], with: []) where isCurrent(join, side) {
                let name = Int(join.name)
                let isQuiet = names[name]?.lastAt.map { $0 + settings.window <= now } ?? true
                if isQuiet || !repeats(name, at: now) {
                    complete(side, name, at: now)
                } else {
                    waiting[side].append(join)
                }
            }
        }
    }

    private mutating func complete(_ side: MirrorSide, _ name: Int, at now: Instant) {
        names[name]?.places[side].phase = .full
        let released = takeHeld(of: side, at: now) { $0 == name }
        if !released.isEmpty { due.append(.deliver(released)) }
    }

    func isCurrent(_ join: Join, _ side: MirrorSide) -> Bool {
        guard let name = names[Int(join.name)], name.generation == join.generation else { return false }
        let place = name.places[side]
        if join.phase == .full { return place.isLate && place.since == join.since }
        return place.phase == join.phase && place.since == join.since
    }

    // MARK: Held messages

    /// Takes what a link has brought first of some names, in order. From now on it counts as delivered. Messages that look alike
    /// may be such that were delivered already; they are dropped.
    private mutating func takeHeld(of side: MirrorSide, at now: Instant, where isTaken: (Int) -> Bool) -> [Held] {
        if held.isEmpty { return [] }
        let keys = keysOfHeld(side, where: isTaken)
        var taken: [HeldMessage] = []
        for key in keys {
            guard let messages = held.removeValue(forKey: key), let name = messages.first?.name else { continue }
            heldBytes -= messages.reduce(0) { $0 + $1.bytes }
            if repeats(Int(name), at: now) || messages.contains(where: { $0.message == nil }) {
                notes.forgetHeld(key, messages.count)
            } else {
                notes.deliverHeld(key)
                taken += messages
            }
        }
        return taken.sorted { $0.number < $1.number }.compactMap(\.message)
    }

    /// Drops what a link has brought first of some names, as if it had not.
    private mutating func dropHeld(_ side: MirrorSide, where isDropped: (Int) -> Bool) {
        if held.isEmpty { return }
        for key in keysOfHeld(side, where: isDropped) {
            guard let messages = held.removeValue(forKey: key) else { continue }
            notes.forgetHeld(key, messages.count)
            heldBytes -= messages.reduce(0) { $0 + $1.bytes }
        }
    }

    /// What a link has brought first of a name so far is left to the other to deliver.
    private mutating func disown(_ side: MirrorSide, _ name: Int) {
        if held.isEmpty { return }
        for key in keysOfHeld(side, where: { $0 == name }) {
            for index in held[key]?.indices ?? 0..<0 {
                heldBytes -= held[key]?[index].bytes ?? 0
                held[key]?[index].bytes = 0
                held[key]?[index].message = nil
            }
        }
    }

    /// A digest stands for messages of one name, and one link only is ahead with it.
    private func keysOfHeld(_ side: MirrorSide, where isMeant: (Int) -> Bool) -> [UInt64] {
        held.filter { $0.value.first.map { $0.side == side && isMeant(Int($0.name)) } ?? false }.map(\.key)
    }
}
