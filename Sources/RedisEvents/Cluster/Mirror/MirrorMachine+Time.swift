// What the machine does when time has passed.

extension MirrorMachine {
    /// When `advance` should be called at the latest; `nil` when nothing waits.
    package var nextDue: Instant? {
        let times =
            [notes.recent.first.map { $0.at + settings.window }]
            + MirrorSide.allCases.filter { links[$0].awaitingPong.isEmpty }
            .map { side in links[side].joinsAlone.first?.due ?? links[side].joins.peekFirst { $0.due } }
            + MirrorSide.allCases.map { side in
                links[side].waiting.compactMap { names[Int($0.name)]?.lastAt.map { $0 + settings.window } }.min()
            }
        return times.compactMap(\.self).min()
    }

    /// Sets the clock forward: notes become overdue, and links end their joining. Cheap when nothing is due.
    package mutating func advance(to now: Instant) {
        while let note = notes.recent.first, note.at + settings.window <= now { noteIsOverdue(note, at: now) }
        if !links.first.waiting.isEmpty || !links.second.waiting.isEmpty { admitWaiting(at: now) }
        for side in MirrorSide.allCases where links[side].awaitingPong.isEmpty {
            links[side].awaitingPong = exchange(&links[side].joinsAlone, with: []).filter { isCurrent($0, side) }
            while links[side].joins.peekFirst({ $0.due <= now }) == true {
                if let join = links[side].joins.popFirst(), isCurrent(join, side) {
                    links[side].awaitingPong.append(join)
                }
            }
            if !links[side].awaitingPong.isEmpty { sendPings(for: side, at: now) }
        }
    }

    mutating func sendPings(for side: MirrorSide, at now: Instant) {
        let ping = nextPing(side)
        due.append(.ping(side, ping))
        // A link that is the only one answers alone.
        let hasOther = links[side].awaitingPong.contains { $0.phase != .full }
        if hasOther { due.append(.ping(side.other, ping)) }
        links[side].lastPing = ping.number
        links[side].pingedAt = now
        links[side].pongsDue = hasOther ? 2 : 1
    }

    private mutating func noteIsOverdue(_ note: MirrorNotes.Note, at now: Instant) {
        guard let name = names[Int(note.name)], name.generation == note.generation else {
            notes.popRecent()
            return
        }
        switch notes.status(note) {
        case .matched: notes.popRecent()
        case .held:
            notes.popRecent()
            unmatched(note, at: now)
        case .delivered:
            let other = name.links[note.side.other]
            // The link may have missed messages that were published around its confirmation.
            let isDue = other.since + settings.window <= note.at
            if isDue && name.links[note.side].phase == .full && other.phase == .full {
                join(note.side.other, Int(note.name), at: now)
            }
            if names[Int(note.name)]?.links[note.side.other].mayBeBehind == true {
                notes.keepOverdue()
            } else {
                notes.popRecent()
            }
        }
    }

    /// Handles a message that a joining link has received and the other link has not.
    private mutating func unmatched(_ note: MirrorNotes.Note, at now: Instant) {
        held.removeFirst(note.key)
        guard let name = names[Int(note.name)] else { return }
        // A link may have missed what was published around its first confirmation, which nobody was promised. And what
        // a link receives at its beginning may be a repetition by its node, or late.
        let young = max(name.links.first.since, name.links.second.since)
        if note.at < young + settings.window { return }
        if name.links[note.side].isJoining { join(note.side, Int(note.name), at: now) }
        gap([name.name])
    }

    /// Removes the oldest note when more notes wait than allowed. The link that has not received that message may be
    /// late with it.
    mutating func evict(at now: Instant) {
        let isOverdue = notes.overdue.count > 0
        guard let note = isOverdue ? notes.overdue.first : notes.recent.first else { return }
        let status = isOverdue ? notes.popOverdue() : notes.popRecent()
        guard let name = names[Int(note.name)], name.generation == note.generation else { return }
        switch status {
        case .matched: break
        case .delivered:
            let other = name.links[note.side.other]
            if name.links[note.side].phase == .full, other.phase != .absent {
                join(note.side.other, Int(note.name), at: now)
            } else if other.isLate && other.phase == .full {
                names[Int(note.name)]?.links[note.side.other].phase = .recovering
                gap([name.name])
            }
        case .held: unmatched(note, at: now)
        }
    }

    /// Discards all held messages when more are held than allowed.
    mutating func discardAllHeld(at now: Instant) {
        var missed: [RedisGap.Name] = []
        for (key, entries) in held.removeAll() {
            notes.forgetHeld(key, entries.count)
            for entry in entries {
                guard let name = names[Int(entry.name)], !missed.contains(name.name) else { continue }
                missed.append(name.name)
                if name.links[entry.side].isJoining { join(entry.side, Int(entry.name), at: now) }
            }
        }
        gap(missed)
    }

    mutating func gap(_ names: [RedisGap.Name]) {
        // Gaps that are due together are reported as one.
        if case .gap(let others)? = due.last {
            due[due.count - 1] = .gap(others + names.filter { !others.contains($0) })
        } else {
            due.append(.gap(names))
        }
    }
}
