/// What the screen of `rwatch top` shows and how it answers to keys. A plain value: keys, sizes and snapshots go in,
/// actions come out.
package struct TopState: Sendable {
    /// What is asked at the bottom of the screen.
    package enum Prompt: Sendable, Equatable {
        /// A filter is being typed.
        case filter(String)
        /// MONITOR costs the server so much that it is not begun by mistake.
        case monitor
    }

    /// A row that is looked at alone.
    package struct Detail: Sendable, Equatable {
        package var tab: TopTab
        package var row: TopRow
        package var events: [TailEvent]
        /// The first line that is shown.
        package var offset = 0
    }

    /// The shortest and the longest interval, in milliseconds, and those between.
    package static let intervals = [250, 500, 1000, 2000, 3000, 5000, 10_000]

    package private(set) var columns: Int
    package private(set) var rows: Int
    package internal(set) var tab = TopTab.commands
    /// The snapshot that is shown, and the last one, which is another while the display is frozen.
    package private(set) var snapshot = TopSnapshot()
    private var latest = TopSnapshot()
    package private(set) var history = TopHistory()
    package internal(set) var isFrozen = false
    package internal(set) var showsTotals = false
    package internal(set) var showsHelp = false
    package internal(set) var prompt: Prompt?
    package internal(set) var filter: TopFilter?
    package internal(set) var detail: Detail?
    /// What is said at the bottom until the next key, or for a few intervals.
    package internal(set) var message = "" { didSet { messageAge = 0 } }
    private var messageAge = 0
    private static let longestMessage = 3
    package internal(set) var naming: ClientNaming
    package internal(set) var depth: Int
    /// In milliseconds.
    package internal(set) var interval: Int
    /// Whether there is MONITOR to begin and to end.
    package let canMonitor: Bool
    private var orders: [TopTab: TopOrder] = [:]
    /// The rows that are chosen, and the first rows that are shown.
    private var chosen: [TopTab: [UInt8]] = [:]
    private var offsets: [TopTab: Int] = [:]
    /// Whether the stream shows its end.
    package internal(set) var followsStream = true

    package init(
        columns: Int,
        rows: Int,
        naming: ClientNaming = .address,
        depth: Int = 1,
        interval: Int = 2000,
        canMonitor: Bool = true
    ) {
        self.columns = columns
        self.rows = rows
        self.naming = naming
        self.depth = depth
        self.interval = interval
        self.canMonitor = canMonitor
    }

    /// The screen has another size.
    package mutating func resize(columns: Int, rows: Int) {
        (self.columns, self.rows) = (columns, rows)
        keepChosenInSight()
    }

    /// Takes a snapshot. Counting goes on while the display is frozen.
    ///
    /// - Parameters:
    ///   - new: The snapshot.
    ///   - advances: Whether an interval has passed since the one before, so that it has a point in the lines of
    ///     values.
    package mutating func take(_ new: TopSnapshot, advances: Bool = true) {
        latest = new
        if advances {
            history.take(new)
            messageAge += 1
            if messageAge > Self.longestMessage, prompt == nil { message = "" }
        }
        guard !isFrozen else { return }
        snapshot = new
        keepChosenInSight()
    }

    /// Takes the last events of the row that is looked at.
    package mutating func take(_ events: [TailEvent]) {
        guard !isFrozen else { return }
        detail?.events = events
    }

    /// Says something at the bottom.
    package mutating func say(_ text: String) { message = text }

    // MARK: What is shown

    /// The table that is shown.
    package var table: TopTable { snapshot.table(tab) }

    /// By which column its rows are sorted.
    package var order: TopOrder {
        get { orders[tab] ?? TopOrder(column: usualColumn) }
        set { orders[tab] = newValue }
    }

    private var usualColumn: TopColumn? {
        let columns = table.columns
        if showsTotals, columns.contains(.count) { return .count }
        return table.mainColumn
    }

    /// The rows that are shown, in order.
    package var shownRows: [TopRow] {
        var table = table
        if let filter { table.rows = filter.rows(of: table) }
        return order.sorted(table)
    }

    /// The events of the stream that are shown.
    package var shownEvents: [TailEvent] {
        guard let filter else { return snapshot.tail }
        return snapshot.tail.filter { filter.shows($0) }
    }

    /// The place of the chosen row; 0 when it is gone.
    package func chosenPlace(in rows: [TopRow]) -> Int {
        chosen[tab].flatMap { id in rows.firstIndex { $0.id == id } } ?? min(places[tab] ?? 0, max(rows.count - 1, 0))
    }

    /// Where the chosen rows were last, for when one is gone.
    private var places: [TopTab: Int] = [:]

    /// The first row that is shown.
    package var offset: Int { offsets[tab] ?? 0 }

    /// How many rows of a table fit.
    package var page: Int { max(TopLayout(self).body.count - (tab == .stream ? 0 : 1), 1) }

    // MARK: Moving

    mutating func choose(_ place: Int) {
        if tab == .stream {
            let last = max(shownEvents.count - page, 0)
            offsets[tab] = min(max(place, 0), last)
            followsStream = (offsets[tab] ?? 0) >= last
            return
        }
        let rows = shownRows
        guard !rows.isEmpty else { return }
        let place = min(max(place, 0), rows.count - 1)
        places[tab] = place
        chosen[tab] = rows[place].id
        show(place, of: rows.count)
    }

    private mutating func show(_ place: Int, of count: Int) {
        let page = page
        var offset = min(offset, max(count - page, 0))
        if place < offset { offset = place }
        if place >= offset + page { offset = place - page + 1 }
        offsets[tab] = offset
    }

    private mutating func keepChosenInSight() {
        if tab == .stream {
            if followsStream { offsets[tab] = max(shownEvents.count - page, 0) }
            return
        }
        let rows = shownRows
        // Nobody has chosen a row yet: the first one stays chosen, whichever it is.
        guard chosen[tab] != nil, !rows.isEmpty else {
            offsets[tab] = 0
            return
        }
        let place = chosenPlace(in: rows)
        chosen[tab] = rows[place].id
        places[tab] = place
        show(place, of: rows.count)
    }

    /// Shows another table.
    mutating func go(to tab: TopTab) {
        self.tab = tab
        detail = nil
        keepChosenInSight()
    }

    /// Shows the latest snapshot again.
    mutating func thaw() {
        isFrozen = false
        snapshot = latest
        keepChosenInSight()
    }

    /// Begins all lines of values anew.
    mutating func forgetHistory() { history.removeAll() }

    /// What was sorted or selected otherwise has another first row.
    mutating func beginAtTop() {
        offsets[tab] = 0
        places[tab] = 0
        chosen[tab] = nil
        keepChosenInSight()
    }
}
