import RedisRESP

/// Finds where a regular expression matches in a text: from left to right, each time as long as possible.
///
/// The automaton is run from each place where a match may begin, so the time grows with the square of the text in the
/// worst case. It is for lines as they are shown, and looks at no more than ``mostBytes`` of one.
struct MatchFinder {
    /// The part of a text that is looked at.
    static let mostBytes = 1024
    /// More states are forgotten before another match is looked for: about 1 KiB each.
    private static let mostStates = 256
    /// In the table: not known yet.
    private static let unknown: Int32 = -1
    private static let start: Int32 = 0
    /// The state of a text that no match begins with.
    private static let dead: Int32 = 1

    private struct State: Hashable {
        var positions = PositionSet()
        /// Whether a match may still begin.
        var isFirst = false
    }

    private let expression: RegularExpression
    /// Says quickly that there is no match at all.
    private var matcher: PatternMatcher
    private var states: [State] = []
    private var isMatch: [Bool] = []
    private var numbers: [State: Int32] = [:]
    /// The next state, by the state and the symbol.
    private var table: [Int32] = []

    init(_ expression: RegularExpression) {
        self.expression = expression
        matcher = PatternMatcher(expression)
        forget()
    }

    /// Appends the parts of the text that match and are not empty.
    mutating func find(in text: RawSpan, to spans: inout [Range<Int>]) {
        guard matcher.matches(text) else { return }
        let end = min(text.byteCount, Self.mostBytes)
        var start = 0
        while start < end {
            let found = longestMatch(in: text, from: start, upTo: end)
            if found > start { spans.append(start..<found) }
            start = max(found, start + 1)
        }
    }

    /// Where the longest match that begins at `start` ends; `start` itself if there is none.
    private mutating func longestMatch(in text: RawSpan, from start: Int, upTo end: Int) -> Int {
        if states.count > Self.mostStates { forget() }
        var state = start == 0 ? next(Self.start, SymbolSet.textStart) : Self.start
        var found = start
        for index in start..<end {
            state = next(state, Int(text.byte(at: index)))
            if state == Self.dead { return found }
            if isMatch[Int(state)] { found = index + 1 }
        }
        if end == text.byteCount, isMatch[Int(next(state, SymbolSet.textEnd))] { found = end }
        return found
    }

    /// The state behind a symbol.
    private mutating func next(_ state: Int32, _ symbol: Int) -> Int32 {
        let known = table[Int(state) * SymbolSet.count + symbol]
        if known != Self.unknown { return known }
        let from = states[Int(state)]
        var candidates = from.isFirst ? expression.first : PositionSet()
        from.positions.forEach { candidates.formUnion(expression.following[$0]) }
        var to = State(isFirst: from.isFirst && symbol == SymbolSet.textStart)
        candidates.forEach { if expression.symbols[$0].contains(symbol) { to.positions.insert($0) } }
        let new = number(of: to)
        table[Int(state) * SymbolSet.count + symbol] = new
        return new
    }

    private mutating func number(of state: State) -> Int32 {
        if let number = numbers[state] { return number }
        let number = Int32(truncatingIfNeeded: states.count)
        states.append(state)
        isMatch.append(state.positions.meets(expression.last))
        numbers[state] = number
        table.append(contentsOf: repeatElement(Self.unknown, count: SymbolSet.count))
        return number
    }

    private mutating func forget() {
        states.removeAll(keepingCapacity: true)
        isMatch.removeAll(keepingCapacity: true)
        numbers.removeAll(keepingCapacity: true)
        table.removeAll(keepingCapacity: true)
        _ = number(of: State(isFirst: true))
        _ = number(of: State())
    }
}
