/// The symbols that a position takes: bytes, or one of the two ends of a text, which are symbols of their own.
struct SymbolSet: Sendable, Equatable {
    /// The symbol before the first byte.
    static let textStart = 256
    /// The symbol behind the last byte.
    static let textEnd = 257
    /// How many symbols there are.
    static let count = 258

    private var low: UInt128 = 0
    private var high: UInt128 = 0
    private var ends: UInt8 = 0

    /// All bytes.
    static let anyByte: SymbolSet = {
        var set = SymbolSet()
        set.low = .max
        set.high = .max
        return set
    }()

    init() {}

    init(_ symbols: Int...) { for symbol in symbols { insert(symbol) } }

    init(_ range: ClosedRange<UInt8>) { for byte in range { insert(Int(byte)) } }

    mutating func insert(_ symbol: Int) {
        switch symbol {
        case 0..<128: low |= 1 << UInt128(symbol)
        case 128..<256: high |= 1 << UInt128(symbol - 128)
        default: ends |= 1 << UInt8(symbol - 256)
        }
    }

    func contains(_ symbol: Int) -> Bool {
        switch symbol {
        case 0..<128: low >> UInt128(symbol) & 1 == 1
        case 128..<256: high >> UInt128(symbol - 128) & 1 == 1
        default: ends >> UInt8(symbol - 256) & 1 == 1
        }
    }

    mutating func formUnion(_ other: SymbolSet) {
        low |= other.low
        high |= other.high
        ends |= other.ends
    }

    /// All bytes but these.
    var inverted: SymbolSet {
        var set = SymbolSet()
        set.low = ~low
        set.high = ~high
        return set
    }

    /// With the letters in both cases.
    var inBothCases: SymbolSet {
        var set = self
        for letter in UInt8(ascii: "a")...UInt8(ascii: "z") {
            let (small, large) = (Int(letter), Int(letter) - 32)
            if contains(small) { set.insert(large) }
            if contains(large) { set.insert(small) }
        }
        return set
    }
}
