/// By which column rows are sorted.
package struct TopOrder: Sendable, Equatable {
    /// `nil` for the names.
    package var column: TopColumn?
    /// Whether the least comes first where the greatest usually does, and the other way round.
    package var isReversed: Bool

    package init(column: TopColumn?, isReversed: Bool = false) {
        self.column = column
        self.isReversed = isReversed
    }

    /// The rows of a table in this order. Rows without a value come last, and equal ones by their names.
    package func sorted(_ table: TopTable) -> [TopRow] {
        guard let column, let place = table.columns.firstIndex(of: column) else {
            let rows = table.rows.sorted { $0.id.lexicographicallyPrecedes($1.id) }
            return isReversed ? rows.reversed() : rows
        }
        let isDescending = column.isDescending != isReversed
        return table.rows.sorted { lhs, rhs in
            let (left, right) = (
                place < lhs.cells.count ? lhs.cells[place] : .none, place < rhs.cells.count ? rhs.cells[place] : .none
            )
            switch (left, right) {
            case (.number(let one), .number(let other)) where one != other:
                return isDescending ? one > other : one < other
            case (.text(let one), .text(let other)) where one != other:
                return one.lexicographicallyPrecedes(other) != isDescending
            case (.none, .none): break
            case (.none, _): return false
            case (_, .none): return true
            default: break
            }
            return lhs.id.lexicographicallyPrecedes(rhs.id)
        }
    }
}
