import RedisRESP

/// Looks for a regular expression in texts. The states of the automaton are made when a text first leads to them, and
/// kept, so that a byte costs one look at a table; their number is bounded.
package struct PatternMatcher {
    /// The most states that are kept: about 1 KiB each.
    private static let mostStates = 256
    /// In the table: not known yet, and a match.
    private static let unknown: Int32 = -1
    private static let match: Int32 = -2

    private let expression: RegularExpression
    private var states: [PositionSet] = []
    private var numbers: [PositionSet: Int32] = [:]
    /// The next state, by the state and the symbol.
    private var table: [Int32] = []

    package init(_ expression: RegularExpression) {
        self.expression = expression
        _ = number(of: PositionSet())
    }

    /// Whether the expression matches somewhere in the text.
    package mutating func matches(_ text: RawSpan) -> Bool {
        if expression.matchesEmpty { return true }
        guard var state = next(0, SymbolSet.textStart) else { return true }
        for index in 0..<text.byteCount {
            let symbol = Int(text.byte(at: index))
            let known = table[Int(state) &* SymbolSet.count &+ symbol]
            if known >= 0 {
                state = known
                continue
            }
            guard let new = next(state, symbol) else { return true }
            state = new
        }
        return next(state, SymbolSet.textEnd) == nil
    }

    /// The state behind a symbol; `nil` for a match.
    private mutating func next(_ state: Int32, _ symbol: Int) -> Int32? {
        let known = table[Int(state) * SymbolSet.count + symbol]
        if known == Self.match { return nil }
        if known >= 0 { return known }
        // A match may begin at every symbol.
        var candidates = expression.first
        states[Int(state)].forEach { candidates.formUnion(expression.following[$0]) }
        var positions = PositionSet()
        candidates.forEach { if expression.symbols[$0].contains(symbol) { positions.insert($0) } }
        if positions.meets(expression.last) {
            table[Int(state) * SymbolSet.count + symbol] = Self.match
            return nil
        }
        let isKnown = numbers[positions] != nil
        if !isKnown, states.count >= Self.mostStates {
            // The old states are forgotten, and `state` with them.
            states.removeAll(keepingCapacity: true)
            numbers.removeAll(keepingCapacity: true)
            table.removeAll(keepingCapacity: true)
            _ = number(of: PositionSet())
            return number(of: positions)
        }
        let new = number(of: positions)
        table[Int(state) * SymbolSet.count + symbol] = new
        return new
    }

    private mutating func number(of positions: PositionSet) -> Int32 {
        if let number = numbers[positions] { return number }
        let number = Int32(truncatingIfNeeded: states.count)
        states.append(positions)
        numbers[positions] = number
        table.append(contentsOf: repeatElement(Self.unknown, count: SymbolSet.count))
        return number
    }
}
