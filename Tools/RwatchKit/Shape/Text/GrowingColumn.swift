/// A column of a table whose rows come one by one: as wide as the widest entry until now, up to a limit.
struct GrowingColumn {
    private let most: Int
    private var width = 0

    init(most: Int) { self.most = most }

    /// How many blanks follow an entry of that width.
    mutating func blanks(behind columns: Int) -> Int {
        width = max(width, min(columns, most))
        return max(width - columns, 0)
    }
}
