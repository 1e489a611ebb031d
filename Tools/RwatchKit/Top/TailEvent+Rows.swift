extension TailEvent {
    /// Whether it belongs to a row of a table.
    package func belongs(to row: TopRow, of tab: TopTab) -> Bool {
        switch tab {
        case .commands, .channels: Self.matches(row, name)
        case .keys: key.map { Self.matches(row, $0) } ?? false
        case .prefixes: key.map { $0.starts(with: row.name) } ?? false
        case .clients: Self.matches(row, client)
        case .nodes: Self.matches(row, node)
        case .stream: true
        }
    }

    /// Only the beginning of a name may be known, here and there.
    private static func matches(_ row: TopRow, _ text: [UInt8]) -> Bool {
        let count = min(row.name.count, longestName)
        if row.length > row.name.count || row.name.count > count { return text.starts(with: row.name.prefix(count)) }
        return text == row.name
    }
}
