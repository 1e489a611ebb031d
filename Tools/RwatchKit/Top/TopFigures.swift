import RedisCore
import RedisRESP

/// What a snapshot is made of: what servers count, what was counted of events, and how it is shown. A plain value.
package struct TopFigures: Sendable {
    /// A table has no more rows than this.
    package static let mostRows = 1000

    package var source: TopSource
    /// The servers, in words.
    package var place: String
    /// The figures of the servers; empty for a recording.
    package var servers: [ServerFigures]
    /// What was counted of events; `nil` when the source has none.
    package var counters: Counters?
    /// The last events, the newest last.
    package var tail: [TailEvent] = []
    package var naming = ClientNaming.address
    /// How long the display waits for the next snapshot, in seconds.
    package var interval = 2.0
    package var filter = ""

    package init(
        _ source: TopSource,
        place: String,
        servers: [ServerFigures] = [],
        counters: Counters? = nil
    ) {
        self.source = source
        self.place = place
        self.servers = servers
        self.counters = counters
    }

    /// All that is shown.
    package func snapshot(at time: Int64) -> TopSnapshot {
        var snapshot = TopSnapshot(at: time, header: header)
        snapshot.tables = [
            commands, keys, names(.prefixes, counters?.prefixes), clients, channels, nodes,
        ]
        snapshot.tail = tail
        snapshot.sizes = counters?.sizes.bars ?? []
        snapshot.incidents = incidents
        return snapshot
    }

    // MARK: Above the tables

    private var header: TopHeader {
        var header = TopHeader()
        header.source = source
        header.place = place
        header.interval = interval
        header.filter = filter
        header.nodes = servers.count
        let failing = servers.filter { $0.failure != nil }
        header.failing = failing.count
        header.failure = failing.first.flatMap { $0.failure } ?? ""
        let infos = servers.compactMap { $0.sample?.info }
        header.version = Self.common(infos.map(\.version)) ?? "several versions"
        header.role = Self.common(infos.map(\.role)) ?? ""
        header.uptime = infos.compactMap(\.uptime).min()
        header.clients = Self.sum(infos.map(\.clients))
        header.memory = Self.sum(infos.map(\.memory))
        header.memoryLimit = infos.contains { $0.memoryLimit == nil } ? nil : Self.sum(infos.map(\.memoryLimit))
        let running = servers.filter { $0.failure == nil && $0.interval > 0 }
        if !running.isEmpty {
            header.input = running.reduce(0) { $0 + Double($1.input.last) / $1.interval }
            header.output = running.reduce(0) { $0 + Double($1.output.last) / $1.interval }
        }
        header.lag = servers.compactMap { $0.sample?.answerTime }.max().map { $0 / .microseconds(1) }
        let own = servers.flatMap { $0.clientRows?.rows ?? [] }.filter { $0.name.starts(with: "rwatch".utf8) }
        header.pending = servers.isEmpty ? nil : own.reduce(0) { $0.addingSaturated($1.pending ?? 0) }
        if let counters, source != .stats {
            header.rate = counters.count(in: .second).rate
            header.total = counters.events
        } else {
            header.rate = running.reduce(0) { $0 + Double($1.executed.last) / $1.interval }
            header.total = servers.reduce(0) { $0.addingSaturated($1.executed.total) }
        }
        for log in servers.map(\.incidents) + [counters?.incidents].compactMap({ $0 }) {
            header.gaps = header.gaps.addingSaturated(log.gaps)
            header.drops = header.drops.addingSaturated(log.dropped)
            header.reconnects = header.reconnects.addingSaturated(log.reconnects)
        }
        header.cost = cost
        return header
    }

    private var cost: String {
        switch source {
        case .stats:
            let questions = servers.compactMap { $0.sample?.questions }.max() ?? 0
            return "\(Words.count(questions, "question")) each time"
        case .monitor: return "MONITOR is costly"
        case .sub: return "a subscription"
        case .keys: return "a subscription; events of keys"
        case .recording: return "a recording"
        }
    }

    private static func common(_ texts: [String]) -> String? {
        guard let first = texts.first else { return "" }
        return texts.allSatisfy { $0 == first } ? first : nil
    }

    private static func sum(_ values: [Int?]) -> Int? {
        let known = values.compactMap { $0 }
        return known.isEmpty ? nil : known.reduce(0) { $0.addingSaturated($1) }
    }

    /// What went wrong, by the time at which it ended.
    private var incidents: [Incident] {
        let all = servers.flatMap(\.incidents.kept) + (counters?.incidents.kept ?? [])
        return all.sorted { ($0.until ?? 0) < ($1.until ?? 0) }
    }

    // MARK: Tables of events

    /// A table of what was counted of events.
    private func names(_ tab: TopTab, _ names: HeavyHitters?, remark: String? = nil) -> TopTable {
        guard let names, let counters, source != .stats || tab == .channels else {
            return TopTable(tab, remark: remark ?? "INFO does not tell this: press m for MONITOR")
        }
        let columns: [TopColumn] = [
            .rate, .count, .share, .bytesRate, .bytes, .tenSeconds, .minute, .quarterHour,
        ]
        return TopTable(
            tab,
            columns: columns,
            rows: Self.rows(of: names, at: counters.time),
            distinct: names.distinct,
            bound: names.bound,
            remark: names.total == 0 ? remark ?? "nothing was counted yet" : ""
        )
    }

    private static func rows(of names: HeavyHitters, at time: CountingTime) -> [TopRow] {
        var rows = names.top(mostRows / 2, at: time)
        if names.count > rows.count {
            var seen = Set(rows.map(\.name))
            for order in [HeavyHitters.Order.window(.second), .bytes] {
                rows += names.top(mostRows / 4, by: order, at: time).filter { seen.insert($0.name).inserted }
            }
        }
        let total = Double(max(names.total, 1))
        return rows.map { row in
            let rates = row.windows.map(\.rate)
            // Of each event as many bytes, on average.
            let size = row.count > row.error ? Double(row.bytes) / Double(row.count - row.error) : 0
            return TopRow(
                row.name,
                length: row.length,
                error: row.error,
                cells: [
                    .number(rates[0]), .number(Double(row.count)), .number(Double(row.count) / total),
                    .number(rates[0] * size), .number(Double(row.bytes)), .number(rates[1]), .number(rates[2]),
                    .number(rates[3]),
                ]
            )
        }
    }

    // MARK: Tables of both

    private var commands: TopTable {
        if source != .stats {
            guard source == .keys else { return names(.commands, counters?.commands) }
            return names(.commands, counters?.keyEvents)
        }
        var sums: [[UInt8]: CommandSum] = [:]
        for server in servers {
            let latencies = server.sample?.info.latencies ?? [:]
            let seconds = server.failure == nil ? server.interval : 0
            for row in server.commands.rows(at: server.time) where row.total[0] > 0 || row.total[2] > 0 {
                sums[row.name, default: CommandSum()].add(row, latencies[row.name], seconds: seconds)
            }
        }
        let total = Double(max(sums.values.reduce(0) { $0.addingSaturated($1.calls) }, 1))
        let rows = sums.map { name, sum in
            TopRow(
                name,
                cells: [
                    .number(sum.rate), .number(Double(sum.calls)), .number(Double(sum.calls) / total),
                    .number(Double(sum.last)), sum.perCall.map { .number($0) } ?? .none,
                    sum.p50.map { .number($0) } ?? .none, sum.p99.map { .number($0) } ?? .none,
                    .number(Double(sum.failed)), .number(Double(sum.rejected)), .number(sum.rates[1]),
                    .number(sum.rates[2]), .number(sum.rates[3]),
                ]
            )
        }
        return TopTable(
            .commands,
            columns: [
                .rate, .count, .share, .last, .perCall, .p50, .p99, .failed, .rejected, .tenSeconds, .minute,
                .quarterHour,
            ],
            rows: Self.most(rows),
            remark: rows.isEmpty ? "nothing was executed yet" : ""
        )
    }

    /// A command of all servers together.
    private struct CommandSum {
        var rate = 0.0
        var calls = 0
        var last = 0
        var microseconds = 0
        var rejected = 0
        var failed = 0
        var p50: Double?
        var p99: Double?
        var rates = [0.0, 0, 0, 0]

        /// How long a call took on average since counting began.
        var perCall: Double? { calls > 0 ? Double(microseconds) / Double(calls) : nil }

        mutating func add(_ row: FlowTable.Row, _ latency: InfoReply.Latency?, seconds: Double) {
            if seconds > 0 { rate += Double(row.last[0]) / seconds }
            calls = calls.addingSaturated(row.total[0])
            last = last.addingSaturated(row.last[0])
            microseconds = microseconds.addingSaturated(row.total[1])
            rejected = rejected.addingSaturated(row.total[2])
            failed = failed.addingSaturated(row.total[3])
            // Of several servers, the slowest.
            p50 = [p50, latency?.p50].compactMap { $0 }.max()
            p99 = [p99, latency?.p99].compactMap { $0 }.max()
            for (index, window) in row.windows.enumerated() { rates[index] += window.rate }
        }
    }

    /// The rows with the greatest first value, if there are too many.
    private static func most(_ rows: [TopRow]) -> [TopRow] {
        let sorted = rows.sorted { lhs, rhs in
            let (left, right) = (lhs.cells.first?.number ?? 0, rhs.cells.first?.number ?? 0)
            return left == right ? lhs.id.lexicographicallyPrecedes(rhs.id) : left > right
        }
        return Array(sorted.prefix(mostRows))
    }

    private var keys: TopTable {
        guard source == .stats else { return names(.keys, counters?.keys) }
        var isCollecting = false
        var isKnown = false
        var rows: [TopRow] = []
        for server in servers {
            guard let hot = server.sample?.hotKeys else { continue }
            isKnown = true
            isCollecting = isCollecting || hot.isCollecting
            rows += hot.keys.map { key in
                TopRow(
                    key.name,
                    id: key.name + [0] + Array("\(server.node)".utf8),
                    cells: [TopCell(key.time), TopCell(key.bytes), .text(Array("\(server.node)".utf8))]
                )
            }
        }
        let remark =
            !isKnown
            ? "this server has no HOTKEYS: press m for MONITOR"
            : !rows.isEmpty ? "" : isCollecting ? "HOTKEYS has found none yet" : "HOTKEYS is off: press m for MONITOR"
        return TopTable(
            .keys,
            columns: servers.count > 1 ? [.time, .bytes, .node] : [.time, .bytes],
            rows: Self.most(rows.map { row in servers.count > 1 ? row : Self.without(last: row) }),
            remark: remark
        )
    }

    private static func without(last row: TopRow) -> TopRow {
        var row = row
        row.cells.removeLast()
        return row
    }

    // MARK: Clients

    private var clients: TopTable {
        source == .stats ? listedClients : namedClients
    }

    private var listedClients: TopTable {
        var sums: [[UInt8]: ClientSum] = [:]
        var knowsAmounts = false
        for server in servers {
            guard let list = server.clientRows else { continue }
            var flows: [[UInt8]: FlowTable.Row] = [:]
            for row in server.clients.rows(at: server.time) { flows[row.name] = row }
            for client in list.rows {
                if client.commands != nil { knowsAmounts = true }
                let id = ServerFigures.name(of: client)
                let (key, name) =
                    switch naming {
                    case .address: (id + [0] + Array("\(server.node)".utf8), client.address)
                    case .name: (client.name, client.name)
                    case .user: (client.user, client.user)
                    }
                sums[key, default: ClientSum(name: name)].add(client, flows[id], server)
            }
        }
        let total = sums.values.reduce(0) { $0.addingSaturated($1.commands) }
        let rows = sums.map { key, sum in
            TopRow(
                sum.name,
                id: key,
                cells: (knowsAmounts ? [.number(sum.rate), .number(Double(sum.commands))] : [])
                    + [.text(sum.command), .text(naming == .address ? sum.label : Array("\(sum.count)".utf8))]
                    + (knowsAmounts
                        ? [
                            .number(Double(sum.commands) / Double(max(total, 1))), .number(sum.input),
                            .number(sum.output),
                        ] : [])
                    + [.number(Double(sum.pending)), TopCell(sum.age), TopCell(sum.idle), .text(sum.user)]
            )
        }
        let columns: [TopColumn] =
            (knowsAmounts ? [.rate, .count] : []) + [.command, .label]
            + (knowsAmounts ? [.share, .input, .output] : []) + [.pending, .age, .idle, .user]
        return TopTable(
            .clients,
            columns: columns,
            rows: Self.most(rows),
            distinct: naming == .address ? header.clients : nil,
            remark: rows.isEmpty ? "the server does not tell its clients" : ""
        )
    }

    private struct ClientSum {
        var name: [UInt8]
        var rate = 0.0
        var commands = 0
        var input = 0.0
        var output = 0.0
        var pending = 0
        var age: Int?
        var idle: Int?
        var command: [UInt8] = []
        var label: [UInt8] = []
        var user: [UInt8] = []
        var count = 0

        init(name: [UInt8]) { self.name = name }

        mutating func add(_ client: ClientRow, _ flow: FlowTable.Row?, _ server: ServerFigures) {
            if let flow {
                if server.clientInterval > 0 {
                    rate += Double(flow.last[0]) / server.clientInterval
                    input += Double(flow.last[1]) / server.clientInterval
                    output += Double(flow.last[2]) / server.clientInterval
                }
                commands = commands.addingSaturated(flow.total[0])
            }
            pending = pending.addingSaturated(client.pending ?? 0)
            age = [age, client.age].compactMap { $0 }.max()
            idle = [idle, client.idle].compactMap { $0 }.min()
            (command, label, user) = (client.command, client.name, client.user)
            count += 1
        }
    }

    /// The clients of events, which have addresses; their names and users are those that servers tell.
    private var namedClients: TopTable {
        let table = names(.clients, counters?.clients)
        guard naming != .address, counters != nil else { return table }
        if naming == .user, let users = counters?.users, users.total > 0 { return names(.clients, users) }
        var known: [[UInt8]: ClientRow] = [:]
        for client in servers.flatMap({ $0.clientRows?.rows ?? [] }) {
            known[client.address] = client
        }
        var rows: [[UInt8]: TopRow] = [:]
        for row in table.rows {
            let name = known[row.name].map { naming == .name ? $0.name : $0.user } ?? Array("(gone)".utf8)
            guard let sum = rows[name] else {
                rows[name] = TopRow(name, error: row.error, cells: row.cells)
                continue
            }
            rows[name]?.error = sum.error.addingSaturated(row.error)
            rows[name]?.cells = zip(sum.cells, row.cells).map { .number(($0.number ?? 0) + ($1.number ?? 0)) }
        }
        return TopTable(
            .clients,
            columns: table.columns,
            rows: Self.most(Array(rows.values)),
            bound: table.bound,
            remark: table.remark
        )
    }

    // MARK: Channels and nodes

    private var channels: TopTable {
        if source != .stats {
            return names(
                .channels,
                counters?.channels,
                remark: source == .monitor ? "nothing was published yet" : nil
            )
        }
        var sums: [[UInt8]: (name: [UInt8], count: Int, isSharded: Bool)] = [:]
        var told = 0
        for server in servers {
            told = told.addingSaturated(server.sample?.channelCount ?? 0)
            for channel in server.sample?.channels ?? [] {
                let id = channel.name + [0, channel.isSharded ? 1 : 0]
                let sum = sums[id]?.count ?? 0
                sums[id] = (channel.name, sum.addingSaturated(channel.subscribers), channel.isSharded)
            }
        }
        let rows = sums.map { id, sum in
            TopRow(
                sum.name,
                id: id,
                cells: [.number(Double(sum.count)), .text(Array((sum.isSharded ? "shard" : "channel").utf8))]
            )
        }
        let patterns = servers.reduce(0) { $0.addingSaturated($1.sample?.patterns ?? 0) }
        return TopTable(
            .channels,
            columns: [.subscribers, .kind],
            rows: Self.most(rows),
            distinct: max(told, rows.count),
            remark: rows.isEmpty ? "nobody has subscribed to a channel; \(Words.count(patterns, "pattern"))" : ""
        )
    }

    private var nodes: TopTable {
        if servers.isEmpty { return names(.nodes, counters?.nodes) }
        let total = Double(max(servers.reduce(0) { $0.addingSaturated($1.executed.total) }, 1))
        let rows = servers.map { server in
            let info = server.sample?.info
            let seconds = server.failure == nil ? server.interval : 0
            func rate(_ flow: ServerFigures.Flow) -> TopCell { .number(seconds > 0 ? Double(flow.last) / seconds : 0) }
            return TopRow(
                Array("\(server.node)".utf8),
                cells: [
                    rate(server.executed), rate(server.input), rate(server.output), TopCell(info?.clients),
                    TopCell(info?.memory), (server.sample?.answerTime).map { .number($0 / .microseconds(1)) } ?? .none,
                    .text(Array((server.failure == nil ? "up" : "down").utf8)), .text(Array((info?.role ?? "").utf8)),
                    .number(Double(server.executed.total)), .number(Double(server.executed.total) / total),
                    .text(Array((info?.version ?? "").utf8)),
                ]
            )
        }
        return TopTable(
            .nodes,
            columns: [
                .rate, .input, .output, .clients, .memory, .lag, .state, .role, .count, .share, .version,
            ],
            rows: Self.most(rows)
        )
    }
}
