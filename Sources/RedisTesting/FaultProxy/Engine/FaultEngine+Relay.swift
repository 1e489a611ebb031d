// How bytes get from one socket to the other.
extension FaultEngine {
    func becameReady(_ connection: FaultConnection, _ side: FaultConnection.Side) {
        switch connection.phase {
        case .connecting:
            if side == .server { connected(connection) } else { read(connection, .client) }
        case .relaying: read(connection, side)
        case .lingering: return discard(connection, side)
        case .closed: return
        }
        pump(connection)
    }

    /// Moves what may be moved now, and says what is waited for.
    func pump(_ connection: FaultConnection) {
        guard connection.phase == .connecting || connection.phase == .relaying else { return }
        connection.wakeAt = nil
        sleepers[connection.index] = nil
        if let cut = connection.advanceScript(at: .now) { return self.cut(connection, cut) }
        if connection[.server] == nil { connect(connection) }
        if connection.phase == .relaying {
            write(connection, from: .client)
            write(connection, from: .server)
        }
        guard connection.phase == .connecting || connection.phase == .relaying else { return }
        if let due = connection.stepDue { wake(connection, at: due) }
        for side in FaultConnection.Side.allCases { updateInterest(connection, side) }
    }

    /// Reads once, as much as there is room for.
    private func read(_ connection: FaultConnection, _ side: FaultConnection.Side) {
        let room = connection.flow(from: side).room
        let isHalfOpen = connection.flow(from: side).isHalfOpen
        guard room > 0, let end = connection.open(side) else { return }
        switch end.descriptor.receive(into: &scratch, atMost: room) {
        case .bytes(let count):
            connection.withFlow(from: side) { $0.take(scratch, count) }
            if isHalfOpen { counts.withLock { $0.dropped += count } }
        case .wouldBlock:
            return
        case .endOfStream where isHalfOpen, .failed where isHalfOpen:
            closeEnd(connection, side, .finish)
            closeIfOver(connection)
        case .endOfStream:
            connection.withFlow(from: side) { $0.sourceEnded() }
        case .failed:
            // The peer has reset its connection, and the other side shall see the same.
            close(connection, .reset)
        }
    }

    /// At most that many writes in one turn, so that single bytes of one connection do not hold up all the others.
    private static var writesPerTurn: Int { 64 }

    /// Writes what `source` has sent and may go out.
    private func write(_ connection: FaultConnection, from source: FaultConnection.Side) {
        var writes = 0
        while connection.phase == .relaying, let sink = connection.open(source.opposite) {
            let now = ContinuousClock.now
            if writes == Self.writesPerTurn { return wake(connection, at: now) }
            writes += 1
            switch connection.withFlow(from: source, { $0.next(at: now) }) {
            case .idle:
                return
            case .wait(let instant):
                return wake(connection, at: instant)
            case .cut(let cut):
                return cutWhenSent(connection, cut, sink)
            case .finish:
                sink.descriptor.finishSending()
                connection.withFlow(from: source) { $0.isFinished = true }
                if connection.flow(from: source.opposite).isFinished { close(connection, .finish) }
                return
            case .write(let range):
                switch connection.withFlow(from: source, { sink.descriptor.send($0.bytes, range) }) {
                case .bytes(let count):
                    wrote(connection, source, count, at: now)
                case .failed:
                    return close(connection, .reset)
                case .wouldBlock, .endOfStream:
                    return
                }
            }
        }
    }

    private func wrote(
        _ connection: FaultConnection,
        _ source: FaultConnection.Side,
        _ count: Int,
        at now: ContinuousClock.Instant
    ) {
        connection.withFlow(from: source) { $0.wrote(count, at: now) }
        counts.withLock { $0.add(count, source.outgoing) }
        // It may be what the script has waited for.
        if let cut = connection.advanceScript(at: now) { self.cut(connection, cut) }
    }

    /// A reset throws away what has not arrived, and so must wait for that; a second is plenty on one machine.
    private func cutWhenSent(_ connection: FaultConnection, _ cut: Fault.Cut, _ sink: FaultConnection.End) {
        let deadline = connection.resetDeadline ?? .now + .seconds(1)
        connection.resetDeadline = deadline
        if cut == .reset, sink.descriptor.unsentCount > 0, deadline > .now {
            return wake(connection, at: .now + .milliseconds(1))
        }
        self.cut(connection, cut)
    }

    private func wake(_ connection: FaultConnection, at instant: ContinuousClock.Instant) {
        connection.wakeAt = min(connection.wakeAt ?? instant, instant)
        sleepers[connection.index] = connection
    }

    private func updateInterest(_ connection: FaultConnection, _ side: FaultConnection.Side) {
        guard let end = connection.open(side) else { return }
        var interest: PollSet.Interest = []
        if connection.phase == .connecting && side == .server {
            interest = .writing
        } else {
            if connection.flow(from: side).room > 0 { interest.insert(.reading) }
            // What waits for a time does not wait for the socket.
            if connection.phase == .relaying, connection.flow(from: side.opposite).isBlocked {
                interest.insert(.writing)
            }
        }
        poll.setInterest(end.slot, interest)
    }

    /// After a graceful cut: throws away what a side still sends, until it closes.
    private func discard(_ connection: FaultConnection, _ side: FaultConnection.Side) {
        guard let end = connection.open(side) else { return }
        switch end.descriptor.receive(into: &scratch, atMost: scratch.count) {
        case .bytes, .wouldBlock: return
        case .endOfStream, .failed: closeEnd(connection, side, .finish)
        }
        closeIfOver(connection)
    }
}
