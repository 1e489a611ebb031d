/// What is shown of an output that is too long to be shown whole: the notices, and of the data its beginning, its end,
/// and the places where something was dropped, each with the line before and the line behind it. A plain value.
package struct TourExcerpt {
    /// What marks the record of a drop.
    private static let drop = #""kind":"drop""#

    private var notices: [String] = []
    private var lines: [String] = []
    /// The line that has not ended yet.
    private var rest: [UInt8] = []
    /// Whether the command has told that its output is read again.
    package private(set) var hasCaughtUp = false

    package init() {}

    /// Takes a piece of the output.
    package mutating func add(_ bytes: [UInt8]) {
        rest += bytes
        var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        rest = Array(parts.popLast() ?? [])
        for part in parts {
            let line = String(decoding: part, as: UTF8.self)
            if line.hasPrefix("rwatch: ") {
                notices.append(line)
                hasCaughtUp = hasCaughtUp || line.contains("the output is read again")
            } else {
                lines.append(line)
            }
        }
    }

    /// The lines to show.
    package var shown: [String] {
        var places = Set([0, 1, lines.count - 1])
        for (place, line) in lines.enumerated() where line.contains(Self.drop) {
            places.formUnion([place - 1, place, place + 1])
        }
        var shown = notices
        var next = 0
        for place in places.sorted() where lines.indices.contains(place) {
            if place > next { shown.append("… \(Words.count(place - next, "line"))") }
            shown.append(lines[place])
            next = place + 1
        }
        return shown
    }
}
