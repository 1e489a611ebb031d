/// Divides the room of a line among the arguments of a command: short ones are shown whole, and long ones, a script or
/// a value, share what is left. Otherwise a long one would hide the keys behind it.
struct ArgumentRoom {
    /// More arguments than this are counted and not shown, when not all of them fit.
    static let mostShown = 16
    /// An argument that is cut gets at least this many columns, which what says how much is left out needs.
    static let leastColumns = 14

    /// How many arguments are shown.
    let shown: Int
    /// The most columns of one of them.
    let most: Int

    /// Room for all arguments.
    init(all count: Int) {
        shown = count
        most = ValueWriter.noLimit
    }

    /// Divides the room.
    ///
    /// - Parameters:
    ///   - needs: The columns of the first arguments, at most ``mostShown`` of them.
    ///   - count: How many arguments there are.
    ///   - room: The columns of the line that are free. A blank stands before each argument.
    init(needs: [Int], count: Int, room: Int) {
        var shown = needs.count
        while shown > 0 {
            // What says how many more arguments there are.
            let rest = count - shown
            let free = room - shown - (rest > 0 ? Self.restColumns(rest) : 0)
            if let most = Self.most(needs.prefix(shown), free) {
                self.shown = shown
                self.most = most
                return
            }
            shown -= 1
        }
        self.shown = 0
        most = 0
    }

    /// The columns of ` …(+12 args)`.
    static func restColumns(_ rest: Int) -> Int { 4 + rest.digitCount + 6 }

    /// The most columns of an argument so that all fit; `nil` when those that are cut would get too few.
    private static func most(_ needs: ArraySlice<Int>, _ free: Int) -> Int? {
        guard free > 0 else { return nil }
        var most = free / needs.count
        while true {
            var (short, long) = (0, 0)
            for need in needs { if need <= most { short += need } else { long += 1 } }
            if long == 0 { return free }
            let next = (free - short) / long
            if next == most { return most >= leastColumns ? most : nil }
            most = next
        }
    }
}
