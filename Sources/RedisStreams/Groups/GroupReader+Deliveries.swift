internal import RedisCore
internal import RedisEvents
internal import RedisPOSIX

// What the readers get, and what they say of it.
extension GroupReader {
    @discardableResult
    func deliver(_ found: [GroupServer.Found], sentAt: ContinuousClock.Instant) -> Int {
        if found.isEmpty { return 0 }
        var returned: [Settlement] = []
        for item in found {
            let place = GroupMachine.Place(stream: item.stream, id: item.entry.id)
            if item.entry.isRemoved {
                output.append(.removed(key: server.keys[item.stream], id: item.entry.id))
                Task { [server] in _ = try? await server.acknowledge(item.stream, [item.entry.id]) }
                continue
            }
            guard let number = machine.took(place, sentAt: sentAt) else { continue }
            // It goes back with all the others.
            if life.isClosed { continue }
            if machine.unendedCount > machine.limit {
                // Nobody reads any more, or a read that waited for several streams has brought one of each.
                returned.append(Settlement(place, number, attempt: item.deliveries, .giveBack, nil))
                continue
            }
            if let limit = options.maxAttempts, item.deliveries > limit {
                moveToDeadLetters(
                    place,
                    number,
                    attempts: item.deliveries - 1,
                    "no consumer has ended it in \(limit) attempts",
                    nil
                )
                continue
            }
            let entry = HeldEntry(item, place, number, self)
            held[number] = WeakHeldEntry(entry: entry)
            output.append(.delivery(StreamGroup.Delivery(held: entry)))
        }
        shared.mailbox.commit(&output)
        giveBack(returned)
        tickLater()
        return found.count
    }

    func tell(_ event: StreamGroup.Event) {
        shared.tellWatchers(event)
        output.append(event)
        shared.mailbox.commit(&output)
    }

    /// Somebody else may have an entry.
    func lose(_ place: GroupMachine.Place, _ number: UInt64, _ cause: StreamGroup.LostLease.Cause) {
        guard machine.lost(place, number), let entry = held[number]?.entry else { return }
        if entry.revoke() { return forget(place, number) }
        entry.lose()
        tell(.leaseLost(StreamGroup.LostLease(key: entry.key, id: entry.entry.id, cause: cause)))
        shared.lost(entry)
    }

    func forget(_ place: GroupMachine.Place, _ number: UInt64) {
        machine.settled(place, number)
        acknowledgements.forget(number)
        held[number] = nil
    }

    /// Takes what a reader says of entries. Any thread may call.
    nonisolated func settle(_ settlements: [Settlement]) {
        let isFirst = inbox.withLock { inbox in
            defer { inbox += settlements }
            return inbox.isEmpty && !settlements.isEmpty
        }
        if isFirst { loop.execute { self.assumeIsolated { $0.takeSettlements() } } }
    }

    func takeSettlements() {
        let settlements = inbox.withLock { exchange(&$0, with: []) }
        var returned: [Settlement] = []
        for settlement in settlements {
            let (place, number) = (settlement.place, settlement.number)
            guard machine.hand(place, number) != nil else {
                settled(settlement, .failure(life.isClosed ? .closed : .leaseLost(server.keys[place.stream], place.id)))
                continue
            }
            machine.ended(place, number)
            switch settlement.verb {
            case .acknowledge: acknowledgements.append(settlement)
            case .giveBack: returned.append(settlement)
            case .forget: forget(place, number)
            case .reject(let reason):
                if let limit = options.maxAttempts, settlement.attempt >= limit {
                    moveToDeadLetters(place, number, attempts: settlement.attempt, reason, settlement)
                } else {
                    returned.append(settlement)
                }
            }
        }
        giveBack(returned)
        acknowledge()
        goOn()
    }

    /// Notes what came of a settlement.
    func settled(_ settlement: Settlement, _ result: Result<Void, RedisError>) {
        switch result {
        case .success:
            held[settlement.number]?.entry?.ended(true)
            forget(settlement.place, settlement.number)
        case .failure:
            machine.notEnded(settlement.place, settlement.number)
            held[settlement.number]?.entry?.ended(false)
        }
        settlement.promise?.complete(result)
    }
}
