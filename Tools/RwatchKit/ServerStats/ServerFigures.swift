import RedisRESP
package import RedisReactor

/// What is counted of one server from its samples: the differences between them. A plain value.
package struct ServerFigures: Sendable {
    /// How many samples the line of rates goes back.
    private static let longestLine = 240

    /// The server, as its events name it.
    package let node: RedisEndpoint
    /// The last sample; `nil` before the first.
    package private(set) var sample: ServerSample?
    /// Why the server does not answer; `nil` while it does.
    package private(set) var failure: String?
    package private(set) var commands = FlowTable(capacity: InfoReply.mostCommands)
    package private(set) var clients = FlowTable(capacity: ClientRows.most)
    /// The last list of clients: not every sample has one.
    package private(set) var clientRows: ClientRows?
    /// How long it was between the last two lists, in seconds.
    package private(set) var clientInterval = 0.0
    private var clientTime: Int64?
    /// What the server as a whole has executed, taken in and sent out since counting began, and in the last interval.
    package private(set) var executed = Flow()
    package private(set) var input = Flow()
    package private(set) var output = Flow()
    /// How long the last interval was, in seconds.
    package private(set) var interval = 0.0
    /// How many commands a second there were in each interval, the last one last.
    package private(set) var line: [Double] = []
    package private(set) var incidents = IncidentLog()
    /// The time by which windows slide.
    package private(set) var time = CountingTime(begun: 0, now: 0)
    /// When the server was found not to answer, in microseconds since the epoch.
    private var failedSince: Int64?

    /// A count that only grows.
    package struct Flow: Sendable, Equatable {
        package private(set) var total = 0
        package private(set) var last = 0
        private var read: Int?

        package init() {}

        mutating func read(_ value: Int?, isRestarted: Bool) {
            guard let value else { return last = 0 }
            let before = isRestarted ? 0 : read ?? value
            last = value >= before ? value - before : value
            total = total.addingSaturated(last)
            read = value
        }

        mutating func zero() { (total, last) = (0, 0) }
    }

    package init(_ node: RedisEndpoint) { self.node = node }

    /// Takes a sample, which is later than those before.
    package mutating func take(_ new: ServerSample) {
        let isFirst = sample == nil
        let isRestarted = isRestart(new)
        interval = sample.map { Double(max(new.time - $0.time, 1)) / 1_000_000 } ?? 0
        time = isFirst ? CountingTime(begun: new.time, now: new.time) : CountingTime(begun: time.begun, now: new.time)
        note(isRestarted, new)
        if isRestarted {
            commands.restart()
            clients.restart()
        }
        executed.read(new.info.executed, isRestarted: isRestarted)
        input.read(new.info.input, isRestarted: isRestarted)
        output.read(new.info.output, isRestarted: isRestarted)
        commands.begin()
        for (name, command) in new.info.commands {
            commands.read(
                name,
                [command.calls, command.microseconds, command.rejected, command.failed],
                isNew: !isFirst,
                second: time.second
            )
        }
        commands.end(forgetting: false)
        if let rows = new.clients {
            let isFirst = clientTime == nil
            clientInterval = clientTime.map { Double(max(new.time - $0, 1)) / 1_000_000 } ?? 0
            clientTime = new.time
            clientRows = rows
            clients.begin()
            for row in rows.rows {
                clients.read(
                    Self.name(of: row),
                    [row.commands ?? 0, row.input ?? 0, row.output ?? 0, 0],
                    isNew: !isFirst,
                    second: time.second
                )
            }
            clients.end(forgetting: true)
        }
        if !isFirst {
            line.append(Double(executed.last) / interval)
            if line.count > Self.longestLine { line.removeFirst() }
        }
        sample = new
    }

    /// A client is told apart by its connection's number, because several may have one address behind each other.
    package static func name(of client: ClientRow) -> [UInt8] { Array("\(client.id ?? -1)\0".utf8) + client.address }

    private func isRestart(_ new: ServerSample) -> Bool {
        guard let sample else { return false }
        if !sample.info.runID.isEmpty, !new.info.runID.isEmpty { return sample.info.runID != new.info.runID }
        guard let before = sample.info.uptime, let now = new.info.uptime else { return false }
        return now < before
    }

    private mutating func note(_ isRestarted: Bool, _ new: ServerSample) {
        let since = exchange(&failedSince, with: nil)
        let last = sample?.time
        failure = nil
        if isRestarted {
            incidents.add(
                Incident(.gap, from: last, until: new.time, node: "\(node)", reason: "the server was started again")
            )
        }
        if let since {
            incidents.add(Incident(.reconnect, from: since, until: new.time, node: "\(node)"))
        }
    }

    /// Notes that the server did not answer.
    package mutating func fail(_ reason: String, at time: Int64) {
        if failedSince == nil { failedSince = time }
        failure = reason
        line.append(0)
        if line.count > Self.longestLine { line.removeFirst() }
    }

    /// Counts from zero again.
    package mutating func zero() {
        time = CountingTime(begun: time.now, now: time.now)
        commands.zero(second: time.second)
        clients.zero(second: time.second)
        executed.zero()
        input.zero()
        output.zero()
    }
}
