// A reader that wants only the events of one server takes them from among the others. The others stay where they are:
// in order, for other readers, counted as queued, and subject to the overflow policy.
extension Mailbox {
    /// The first event of that server, if there is one. The cost is proportional to what is before it. Any thread may
    /// call. `arrivals` is set to the value that a wait for the next event needs.
    package func poll(of node: RedisEndpoint, arrivals: inout Int?) -> Polled {
        var aftermath = Aftermath()
        var known = (number: NodeNumber.none, isWanted: false)
        func isWanted(_ record: Record, _ segment: Segment<Control>) -> Bool {
            if record.kind == Record.control { return segment.controls[record.controlIndex].node == node }
            if record.kind == Record.drop { return false }
            let number = NodeNumber(value: record.node)
            if known.number != number { known = (number, number.endpoint == node) }
            return known.isWanted
        }
        let polled: Polled = current.withLock { current in
            state.withLock { state in
                arrivals = state.arrivals
                if let found = takeFirst(&current, &state, &aftermath, where: isWanted) { return .item(found) }
                if let control = state.backlog.takeFront(where: { $0.node == node }) {
                    state.taken += 1
                    noteProgress(&state, &aftermath)
                    return .item(.control(control))
                }
                if let (record, segment) = state.backlog.takeFirst(where: isWanted) {
                    state.taken += 1
                    if let since = segment.since {
                        state.backlog.statistics.timeInQueue.add(since.instant.duration(to: .now), events: 1)
                    }
                    releasePressure(&state, &aftermath)
                    noteProgress(&state, &aftermath)
                    return .item(Item(record, segment))
                }
                return state.isFinished ? .finished(state.error) : .empty
            }
        }
        settle(aftermath)
        return polled
    }

    /// Takes an event from the segment that readers are reading.
    private func takeFirst(
        _ current: inout SharedSegment<Control>?,
        _ state: inout State,
        _ aftermath: inout Aftermath,
        where isWanted: (Record, Segment<Control>) -> Bool
    ) -> Item? {
        guard let shared = current else { return nil }
        let records = shared.segment.records
        // The records are searched before the segment is taken away from the other readers, which costs a copy.
        guard (shared.cursor.next..<records.count).contains(where: { isWanted(records[$0], shared.segment) }) else {
            return nil
        }
        var rest = shared.takeRest()
        let index = (rest.head..<rest.records.count).first { isWanted(rest.records[$0], rest) }
        let found = index.map { Item(rest.remove(at: $0), rest) }
        current = SharedSegment(rest)
        if rest.isEmpty { retire(&current, &state, &aftermath) }
        return found
    }
}

extension Mailbox.Item {
    fileprivate init(_ record: Record, _ segment: Segment<Control>) {
        self =
            record.kind == Record.control
            ? .control(segment.controls[record.controlIndex]) : .record(record, slab: segment.slab)
    }
}
