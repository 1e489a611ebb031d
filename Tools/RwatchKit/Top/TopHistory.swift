import RedisRESP

/// How rates went on from snapshot to snapshot, for lines of values. A plain value.
package struct TopHistory: Sendable {
    /// A point of the line of all events.
    package struct Point: Sendable, Equatable {
        package var rate: Double
        /// Whether something went wrong since the point before: a gap, a drop, a reconnect.
        package var hasIncident: Bool
    }

    /// How far lines go back, and how many rows of a table have one.
    private static let longest = 240
    private static let longestRow = 60
    private static let mostRows = 256

    package private(set) var all: [Point] = []
    private var rows: [TopTab: [[UInt8]: [Double]]] = [:]
    private var incidents = 0

    package init() {}

    /// Notes a snapshot, which is later than those before.
    package mutating func take(_ snapshot: TopSnapshot) {
        let header = snapshot.header
        let count = header.gaps.addingSaturated(header.reconnects).addingSaturated(header.drops)
        all.append(Point(rate: header.rate, hasIncident: count > incidents || header.failing > 0))
        incidents = count
        if all.count > Self.longest { all.removeFirst() }
        for table in snapshot.tables where table.columns.contains(.rate) {
            let before = rows[table.tab] ?? [:]
            var after: [[UInt8]: [Double]] = [:]
            let shown = TopOrder(column: .rate).sorted(table).prefix(Self.mostRows)
            for row in shown {
                var line = before[row.id] ?? []
                line.append(table.cell(row, .rate).number ?? 0)
                if line.count > Self.longestRow { line.removeFirst() }
                after[row.id] = line
            }
            rows[table.tab] = after
        }
    }

    /// The rates of a row, the newest last; empty when it was not among the rows with the most.
    package func line(of row: TopRow, in tab: TopTab) -> [Double] { rows[tab]?[row.id] ?? [] }

    /// Begins anew.
    package mutating func removeAll() {
        all = []
        rows = [:]
    }
}
