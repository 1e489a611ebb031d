internal import RedisCore
internal import RedisReactor

// For how long the consumer has its entries, and what happens when it has them no longer.
extension GroupReader {
    var tick: Duration { options.visibility / 6 }

    func tickLater() {
        guard !isTicking, !machine.isEmpty else { return }
        isTicking = true
        _ = ScheduledCall(after: tick, on: loop) { [weak self] in self?.assumeIsolated { $0.ticked() } }
    }

    func ticked() {
        isTicking = false
        if life.isClosed { return }
        let (due, lapsed) = machine.due(at: .now, tick: tick)
        var returned: [Settlement] = []
        for (place, number) in lapsed {
            guard let entry = held[number]?.entry else { continue }
            if entry.revoke() {
                // Nobody reads, and others shall not wait for that again.
                returned.append(Settlement(entry, .giveBack, nil))
                shared.lapsed()
            } else {
                lose(place, number, .unreachable)
            }
        }
        if !returned.isEmpty { shared.limitChanged() }
        giveBack(returned)
        // What waits for a reader is not extended: another consumer may be faster.
        let extended = due.filter { held[$0.1]?.entry.map { !$0.isWaiting } ?? false }
        for (stream, part) in Dictionary(grouping: extended, by: \.0.stream) {
            let sentAt = ContinuousClock.now
            Task { [server] in
                do throws(RedisError) {
                    let results = try await server.extend(stream, part.map(\.0.id))
                    self.extended(zip(part, results).map { ($0, $1) }, sentAt)
                } catch {
                    if error.serverPrefix == "NOGROUP" || error.serverMessage?.contains("NOGROUP") == true {
                        self.extended(part.map { ($0, .lost) }, sentAt)
                    }
                }
            }
        }
        tickLater()
    }

    func extended(
        _ results: [((GroupMachine.Place, UInt64), GroupServer.Extension)],
        _ sentAt: ContinuousClock.Instant
    ) {
        for ((place, number), result) in results {
            switch result {
            case .extended: machine.renewed(place, number, sentAt: sentAt)
            case .removed: machine.removed(place, number)
            case .lost: lose(place, number, .taken)
            }
        }
    }
}
