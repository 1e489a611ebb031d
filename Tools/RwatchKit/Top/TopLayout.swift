/// Which part of the screen shows what, by its size.
struct TopLayout: Equatable {
    /// Less than this shows nothing useful.
    static let least = (columns: 24, rows: 6)

    /// The rows of the head.
    let head: Range<Int>
    /// The row of the names of tables.
    let tabs: Int
    /// The rows of the table, the first of which has the titles of its columns.
    let body: Range<Int>
    /// The rows of sizes and incidents, if there is room; empty otherwise.
    let panel: Range<Int>
    /// The last row: hints, messages and questions.
    let foot: Int

    init(_ state: TopState) {
        self.init(columns: state.columns, rows: state.rows, hasPanel: state.snapshot.header.source != .stats)
    }

    init(columns: Int, rows: Int, hasPanel: Bool) {
        let headRows = rows >= 16 ? 3 : rows >= 10 ? 2 : 1
        head = 0..<headRows
        tabs = headRows
        foot = max(rows - 1, headRows + 1)
        let panelRows = hasPanel && rows >= 40 && columns >= 100 ? 12 : 0
        let end = max(foot - panelRows, headRows + 1)
        body = (headRows + 1)..<end
        panel = end..<foot
    }

    /// Where each table's name stands, and how it is written.
    static func tabs(columns: Int) -> [(tab: TopTab, text: String, columns: Range<Int>)] {
        func place(_ texts: [String]) -> [(tab: TopTab, text: String, columns: Range<Int>)] {
            var column = 0
            return zip(TopTab.allCases, texts).map { tab, text in
                defer { column += text.utf8.count }
                return (tab, text, column..<(column + text.utf8.count))
            }
        }
        let whole = place(TopTab.allCases.map { " \($0.number) \($0.name) " })
        if let last = whole.last, last.columns.upperBound <= columns { return whole }
        let short = place(TopTab.allCases.map { "\($0.number)\($0.shortName) " })
        if let last = short.last, last.columns.upperBound <= columns + 1 { return short }
        return place(TopTab.allCases.map { " \($0.number) " })
    }

    /// The table whose name stands at a column.
    func tab(at column: Int, _ state: TopState) -> TopTab? {
        Self.tabs(columns: state.columns).first { $0.columns.contains(column) }?.tab
    }
}
