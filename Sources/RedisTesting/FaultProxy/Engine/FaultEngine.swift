/// The one thread of a proxy: waits for all its sockets, moves the bytes, and does what it is told in between.
///
/// Not shared: it is made on its thread and ends with it. Others reach it through ``EngineCalls``.
final class FaultEngine {
    let counts: Locked<FaultProxyCounts>
    private let addresses: [SocketAddress]
    private let script: FaultScript
    private let port: Int
    private let calls: EngineCalls

    var poll = PollSet()
    /// Where the bytes of a read are put first.
    var scratch = [UInt8](repeating: 0, count: Flow.capacity)
    var connections: [Int: FaultConnection] = [:]
    /// Those that have a `wakeAt`.
    var sleepers: [Int: FaultConnection] = [:]
    private var owners: [Int: (connection: FaultConnection, side: FaultConnection.Side)] = [:]
    private var listener: (socket: ListeningSocket, slot: Int)?
    private var acceptedCount = 0
    private var isStopping = false

    /// What every new connection gets before its script.
    var standingFaults: [Fault] = []
    /// New connections are closed like this, so many of them (`nil`: all).
    var closesNew: (cut: Fault.Cut, left: Int?)?

    init(
        listener: ListeningSocket,
        addresses: [SocketAddress],
        script: FaultScript,
        counts: Locked<FaultProxyCounts>,
        calls: EngineCalls
    ) {
        self.addresses = addresses
        self.script = script
        self.counts = counts
        self.calls = calls
        port = listener.port
        listen(on: listener)
    }

    func run() {
        let wakeSlot = poll.add(calls.wakeDescriptor)
        poll.setInterest(wakeSlot, .reading)
        while !isStopping {
            for slot in poll.wait(milliseconds: timeout()) {
                if slot == wakeSlot {
                    calls.drainWakes()
                } else if slot == listener?.slot {
                    acceptAll()
                } else if let (connection, side) = owners[slot] {
                    becameReady(connection, side)
                }
            }
            for connection in sleepers.values where connection.wakeAt.map({ $0 <= .now }) == true {
                pump(connection)
            }
            for call in calls.take() { call(self) }
        }
        refuse()
        for connection in connections.values { close(connection, .finish) }
    }

    func stop() { isStopping = true }

    /// Milliseconds to the next moment at which something is due by itself.
    private func timeout() -> Int32 {
        guard let next = sleepers.values.lazy.compactMap(\.wakeAt).min() else { return -1 }
        return Deadline(at: next).milliseconds(atMost: 60_000)
    }

    // MARK: Accepting

    /// Listens on the proxy's port, unless it does already.
    func accept() throws(RedisTestingError) {
        if listener == nil { listen(on: try ListeningSocket(.loopback(port: port), backlog: Self.backlog)) }
    }

    /// As many clients may come at once.
    static var backlog: Int32 { 4096 }

    private func listen(on socket: ListeningSocket) {
        let slot = poll.add(socket.descriptor)
        poll.setInterest(slot, .reading)
        listener = (socket, slot)
    }

    /// Listens no more: connects are refused.
    func refuse() {
        guard let (socket, slot) = listener else { return }
        poll.remove(slot)
        socket.close()
        listener = nil
    }

    private func acceptAll() {
        while let socket = listener?.socket.acceptPending() {
            let index = acceptedCount
            acceptedCount += 1
            counts.withLock { $0.accepted += 1 }
            let closing = takeClosing().map { [FaultScript.Step.fault(.cut($0))] }
            let client = FaultConnection.End(descriptor: socket.descriptor, slot: poll.add(socket.descriptor))
            let connection = FaultConnection(
                index: index,
                client: client,
                addresses: addresses,
                steps: closing ?? standingFaults.map { .fault($0) } + script.steps(for: index)
            )
            owners[client.slot] = (connection, .client)
            connections[index] = connection
            counts.withLock { $0.open += 1 }
            pump(connection)
        }
    }

    private func takeClosing() -> Fault.Cut? {
        guard let (cut, left) = closesNew else { return nil }
        if left == 0 {
            closesNew = nil
            return nil
        }
        closesNew = (cut, left.map { $0 - 1 })
        return cut
    }

    // MARK: Connecting to the server

    /// Begins to connect to the next address. Without one left the client's connection is reset.
    func connect(_ connection: FaultConnection) {
        while let address = connection.addresses.popFirst() {
            do throws(RedisTestingError) {
                let descriptor = try SharedDescriptor.socket(family: address.family)
                descriptor.setNoDelay()
                let result = descriptor.beginConnect(to: address)
                guard result == 0 || result == SharedDescriptor.connectInProgress else { continue }
                let end = FaultConnection.End(descriptor: descriptor, slot: poll.add(descriptor))
                owners[end.slot] = (connection, .server)
                connection[.server] = end
                if result == 0 { connection.phase = .relaying }
                return
            } catch { continue }
        }
        close(connection, .reset)
    }

    /// The attempt to connect has ended.
    func connected(_ connection: FaultConnection) {
        guard connection[.server]?.descriptor.pendingError == 0 else {
            closeEnd(connection, .server, .finish)
            connection[.server] = nil
            return connect(connection)
        }
        connection.phase = .relaying
    }

    // MARK: Ending

    /// Ends both sides. A graceful end waits for the peers' own, because a socket that is closed with bytes unread is
    /// reset; until then a reset may follow it.
    func cut(_ connection: FaultConnection, _ cut: Fault.Cut) {
        if cut == .reset { return close(connection, .reset) }
        guard connection.phase != .lingering, connection.phase != .closed else { return }
        if connection.phase == .connecting { closeEnd(connection, .server, .finish) }
        connection.phase = .lingering
        sleepers[connection.index] = nil
        counts.withLock { $0.open -= 1 }
        for side in FaultConnection.Side.allCases {
            guard let end = connection.open(side) else { continue }
            end.descriptor.finishSending()
            poll.setInterest(end.slot, .reading)
        }
        closeIfOver(connection)
    }

    /// Closes both sockets now.
    func close(_ connection: FaultConnection, _ cut: Fault.Cut) {
        guard connection.phase != .closed else { return }
        if connection.phase != .lingering { counts.withLock { $0.open -= 1 } }
        connection.phase = .closed
        sleepers[connection.index] = nil
        closeEnd(connection, .client, cut)
        closeEnd(connection, .server, cut)
        connections[connection.index] = nil
    }

    func closeEnd(_ connection: FaultConnection, _ side: FaultConnection.Side, _ cut: Fault.Cut) {
        guard let end = connection.open(side) else { return }
        connection[side]?.isOpen = false
        poll.remove(end.slot)
        owners[end.slot] = nil
        if cut == .reset { end.descriptor.closeWithReset() } else { end.descriptor.close() }
    }

    /// Lets go of a connection of which no socket is left.
    func closeIfOver(_ connection: FaultConnection) {
        if connection.open(.client) == nil && connection.open(.server) == nil { close(connection, .finish) }
    }
}
