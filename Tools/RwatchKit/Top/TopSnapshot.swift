/// A row of a table.
package struct TopRow: Sendable, Equatable {
    /// What it is about, or the beginning of that.
    package var name: [UInt8]
    /// How long the whole name is.
    package var length: Int
    /// What tells it apart from rows of the same name.
    package var id: [UInt8]
    /// By how much its count may be too great.
    package var error: Int
    /// The values, by the columns of the table.
    package var cells: [TopCell]

    package init(_ name: [UInt8], length: Int? = nil, id: [UInt8]? = nil, error: Int = 0, cells: [TopCell]) {
        self.name = name
        self.length = length ?? name.count
        self.id = id ?? name
        self.error = error
        self.cells = cells
    }
}

/// A table at one time.
package struct TopTable: Sendable, Equatable {
    package var tab: TopTab
    package var columns: [TopColumn]
    package var rows: [TopRow]
    /// How many different names there are; more than rows where not all have one.
    package var distinct: Int
    /// How often a name without a row may have occurred; 0 when all counts are exact.
    package var bound: Int
    /// Why there is nothing, or what one should know of the figures.
    package var remark: String

    package init(
        _ tab: TopTab,
        columns: [TopColumn] = [],
        rows: [TopRow] = [],
        distinct: Int? = nil,
        bound: Int = 0,
        remark: String = ""
    ) {
        self.tab = tab
        self.columns = columns
        self.rows = rows
        self.distinct = distinct ?? rows.count
        self.bound = bound
        self.remark = remark
    }

    /// The column that rows are sorted by unless somebody wants it otherwise; `nil` when there are texts alone.
    package var mainColumn: TopColumn? { columns.first { $0.kind != .text } }

    /// The value of a row in a column; `.none` when the table does not have it.
    package func cell(_ row: TopRow, _ column: TopColumn) -> TopCell {
        guard let place = columns.firstIndex(of: column), place < row.cells.count else { return .none }
        return row.cells[place]
    }
}

/// What stands above the tables.
package struct TopHeader: Sendable, Equatable {
    package var source = TopSource.stats
    /// The servers, in words.
    package var place = ""
    package var version = ""
    package var role = ""
    package var uptime: Int?
    /// How many servers there are, and how many of them do not answer.
    package var nodes = 0
    package var failing = 0
    package var failure = ""
    /// Commands, or events, a second, and all of them since counting began.
    package var rate = 0.0
    package var total = 0
    /// In bytes a second.
    package var input: Double?
    package var output: Double?
    package var clients: Int?
    package var memory: Int?
    package var memoryLimit: Int?
    /// How long the slowest server took to answer the last questions, in microseconds.
    package var lag: Double?
    /// How many bytes servers hold for links of rwatch.
    package var pending: Int?
    package var gaps = 0
    package var drops = 0
    package var reconnects = 0
    /// What the source costs the servers, in words.
    package var cost = ""
    /// How long the interval was, in seconds.
    package var interval = 0.0
    /// What events are counted; empty for all.
    package var filter = ""

    package init() {}
}

/// All that is shown at one time. A plain value.
package struct TopSnapshot: Sendable, Equatable {
    /// In microseconds since the epoch.
    package var time: Int64
    package var header: TopHeader
    package var tables: [TopTable]
    /// The last events, the newest last.
    package var tail: [TailEvent]
    /// How large events are, by powers of two.
    package var sizes: [ValueHistogram.Bar]
    /// What went wrong, the newest last.
    package var incidents: [Incident]

    package init(at time: Int64 = 0, header: TopHeader = TopHeader(), tables: [TopTable] = []) {
        self.time = time
        self.header = header
        self.tables = tables
        tail = []
        sizes = []
        incidents = []
    }

    /// The table of a tab; an empty one when it has none.
    package func table(_ tab: TopTab) -> TopTable { tables.first { $0.tab == tab } ?? TopTable(tab) }
}
