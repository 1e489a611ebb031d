// What becomes due.

extension MirrorMachine {
    /// When `advance` should be called at the latest; `nil` when nothing waits.
    package var nextDue: Instant? {
        let times =
            [notes.recent.first.map { $0.at + settings.window }]
            + MirrorSide.allCases.filter { links[$0].awaitingPong.isEmpty }
            .map { side in links[side].joins.peekFirst { $0.due } }
            + MirrorSide.allCases.map { side in
                links[side].waiting.compactMap { names[Int($0.name)]?.lastAt.map { $0 + settings.window } }.min()
            }
        return times.compactMap(\.self).min()
    }

    /// It is later: notes become overdue, and links have joined long enough. Cheap when there is nothing.
    package mutating func advance(to now: Instant) {
        while let note = notes.recent.first, note.at + settings.window <= now { noteIsOverdue(note, at: now) }
        if !links.first.waiting.isEmpty || !links.second.waiting.isEmpty { admitWaiting(at: now) }
        for side in MirrorSide.allCases where links[side].awaitingPong.isEmpty {
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
        // One that is all there is answers alone.
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
            // What came around its confirmation may have passed it by.
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

    /// A joining link has received what the other has not.
    private mutating func unmatched(_ note: MirrorNotes.Note, at now: Instant) {
        held.removeFirst(note.key)
        guard let name = names[Int(note.name)] else { return }
        // What was published around the first confirmation of all may have passed that link by; nobody was promised it.
        // And what came when this link began may be what its node repeats, or what it is late with.
        let young = max(name.links.first.since, name.links.second.since)
        if note.at < young + settings.window { return }
        if name.links[note.side].isJoining { join(note.side, Int(note.name), at: now) }
        gap([name.name])
    }

    /// More waits than may: the oldest goes, and whoever has not received it may be late with it.
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

    /// More is held back than may be: all of it goes.
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
        // Many at once are one.
        if case .gap(let others)? = due.last {
            due[due.count - 1] = .gap(others + names.filter { !others.contains($0) })
        } else {
            due.append(.gap(names))
        }
    }
}
