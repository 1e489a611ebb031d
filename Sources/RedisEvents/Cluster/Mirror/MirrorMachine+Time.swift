// What time brings.

extension MirrorMachine {
    /// When `look` should be called at the latest; `nil` when nothing waits.
    package var nextDue: Instant? {
        let times =
            [notes.young.first.map { $0.at + settings.window }]
            + MirrorSide.allCases.filter { asked[$0].isEmpty }
            .map { side in joins[side].peekFirst { $0.due } }
            + MirrorSide.allCases.map { side in
                waiting[side].compactMap { join in names[Int(join.name)]?.lastAt.map { $0 + settings.window } }.min()
            }
        return times.compactMap(\.self).min()
    }

    /// Looks at what is overdue, and at who has joined long enough. Cheap when there is nothing.
    package mutating func look(at now: Instant) {
        while let note = notes.young.first, note.at + settings.window <= now { overdue(note, at: now) }
        if !waiting.first.isEmpty || !waiting.second.isEmpty { admitWaiting(at: now) }
        for side in MirrorSide.allCases where asked[side].isEmpty {
            while joins[side].peekFirst({ $0.due <= now }) == true {
                if let join = joins[side].popFirst(), isCurrent(join, side) { asked[side].append(join) }
            }
            guard !asked[side].isEmpty else { continue }
            ask(for: side, at: now)
        }
    }

    mutating func ask(for side: MirrorSide, at now: Instant) {
        askedAt[side] = now
        questionNumber += 1
        questions[side] = questionNumber
        let question = Question(side: side, number: questionNumber)
        due.append(.ask(side, question))
        // One that is all there is answers alone.
        let hasOther = asked[side].contains { $0.phase != .full }
        if hasOther { due.append(.ask(side.other, question)) }
        answersDue[side] = hasOther ? 2 : 1
    }

    private mutating func overdue(_ note: MirrorNotes.Note, at now: Instant) {
        guard let name = names[Int(note.name)], name.generation == note.generation else {
            notes.popYoung()
            return
        }
        switch notes.fate(note) {
        case .settled: notes.popYoung()
        case .held:
            notes.popYoung()
            unmatched(note, at: now)
        case .delivered:
            let other = name.places[note.side.other]
            // What came around its confirmation may have passed it by.
            let isDue = other.since + settings.window <= note.at
            if isDue && name.places[note.side].phase == .full && other.phase == .full {
                join(note.side.other, Int(note.name), at: now)
            }
            if names[Int(note.name)]?.places[note.side.other].mayBeBehind == true {
                notes.keepYoung()
            } else {
                notes.popYoung()
            }
        }
    }

    /// A joining link has brought what the other has not.
    private mutating func unmatched(_ note: MirrorNotes.Note, at now: Instant) {
        if let message = held[note.key]?.removeFirst() { heldBytes -= message.bytes }
        if held[note.key]?.isEmpty == true { held[note.key] = nil }
        guard let name = names[Int(note.name)] else { return }
        // What was published around the first confirmation of all may have passed that link by; nobody was promised it. And what
        // came when this link began may be what its node repeats, or what it is late with.
        let young = max(name.places.first.since, name.places.second.since)
        if note.at < young + settings.window { return }
        if name.places[note.side].isJoining { join(note.side, Int(note.name), at: now) }
        gap([name.name])
    }

    /// More waits than may: the oldest goes, and whoever has not brought it may be late with it.
    mutating func evict(at now: Instant) {
        let isOld = notes.old.count > 0
        guard let note = isOld ? notes.old.first : notes.young.first else { return }
        let fate = isOld ? notes.popOld() : notes.popYoung()
        guard let name = names[Int(note.name)], name.generation == note.generation else { return }
        switch fate {
        case .settled: break
        case .delivered:
            let other = name.places[note.side.other]
            if name.places[note.side].phase == .full, other.phase != .absent {
                join(note.side.other, Int(note.name), at: now)
            } else if other.isLate && other.phase == .full {
                names[Int(note.name)]?.places[note.side.other].phase = .recovering
                gap([name.name])
            }
        case .held: unmatched(note, at: now)
        }
    }

    /// More is held back than may be: all of it goes.
    mutating func overflow(at now: Instant) {
        var touched: [RedisGap.Name] = []
        for (key, messages) in exchange(&held, with: [:]) {
            notes.forgetHeld(key, messages.count)
            for message in messages {
                guard let name = names[Int(message.name)], !touched.contains(name.name) else { continue }
                touched.append(name.name)
                if name.places[message.side].isJoining { join(message.side, Int(message.name), at: now) }
            }
        }
        heldBytes = 0
        gap(touched)
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
