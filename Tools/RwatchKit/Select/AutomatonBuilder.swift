/// A regular expression as a tree.
indirect enum RegularExpressionNode {
    case empty
    case symbol(SymbolSet)
    case sequence([RegularExpressionNode])
    case choice([RegularExpressionNode])
    case optional(RegularExpressionNode)
    /// Once or more.
    case repeated(RegularExpressionNode)

    /// How many positions it has.
    var size: Int {
        switch self {
        case .empty: 0
        case .symbol: 1
        case .sequence(let nodes), .choice(let nodes): nodes.reduce(0) { $0 + $1.size }
        case .optional(let node), .repeated(let node): node.size
        }
    }
}

/// Makes the automaton of a tree: which positions may follow which.
struct AutomatonBuilder {
    /// What a part of the tree begins and ends with.
    struct Part {
        var isNullable = false
        var first = PositionSet()
        var last = PositionSet()
    }

    private(set) var symbols: [SymbolSet] = []
    private(set) var following: [PositionSet] = []

    mutating func build(_ node: RegularExpressionNode) -> Part {
        switch node {
        case .empty: return Part(isNullable: true)
        case .symbol(let set):
            symbols.append(set)
            following.append(PositionSet())
            var part = Part()
            part.first.insert(symbols.count - 1)
            part.last.insert(symbols.count - 1)
            return part
        case .sequence(let nodes):
            var whole = Part(isNullable: true)
            for node in nodes {
                let part = build(node)
                connect(whole.last, to: part.first)
                if whole.isNullable { whole.first.formUnion(part.first) }
                if part.isNullable { whole.last.formUnion(part.last) } else { whole.last = part.last }
                whole.isNullable = whole.isNullable && part.isNullable
            }
            return whole
        case .choice(let nodes):
            var whole = Part()
            for node in nodes {
                let part = build(node)
                whole.first.formUnion(part.first)
                whole.last.formUnion(part.last)
                whole.isNullable = whole.isNullable || part.isNullable
            }
            return whole
        case .optional(let node):
            var part = build(node)
            part.isNullable = true
            return part
        case .repeated(let node):
            let part = build(node)
            connect(part.last, to: part.first)
            return part
        }
    }

    private mutating func connect(_ last: PositionSet, to first: PositionSet) {
        var places: [Int] = []
        last.forEach { places.append($0) }
        for place in places { following[place].formUnion(first) }
    }
}
