/// Which bytes a ``FaultProxy`` changes on their way, and how.
public enum Corruption: Hashable, Sendable, CustomStringConvertible {
    /// Flips the bits of `mask` in the bytes at these offsets.
    case flip(at: [Int], mask: UInt8)
    /// Flips one bit in each `count`-th byte; which one is drawn from the seed.
    case eachByte(count: Int, seed: UInt64)

    /// The corruption in words.
    public var description: String {
        switch self {
        case .flip(let offsets, let mask): "flip 0x\(hexadecimal(mask)) at \(offsets)"
        case .eachByte(let count, let seed): "a bit in each byte number \(count), seed \(seed)"
        }
    }
}

/// A corruption at work.
struct Corruptor {
    private let corruption: Corruption
    /// The position in the stream from which offsets count.
    private let origin: Int
    private var generator: SeededGenerator

    init(_ corruption: Corruption, origin: Int) {
        self.corruption = corruption
        self.origin = origin
        if case .eachByte(_, let seed) = corruption {
            generator = SeededGenerator(seed: seed)
        } else {
            generator = SeededGenerator(seed: 0)
        }
    }

    /// Changes `bytes[range]`, whose first byte has that position in the stream. Each byte is to be given once, in
    /// order.
    mutating func apply(to bytes: inout [UInt8], _ range: Range<Int>, position: Int) {
        // Where offset 0 lies in `bytes`.
        let start = range.lowerBound - (position - origin)
        switch corruption {
        case .flip(let offsets, let mask):
            for offset in offsets where range.contains(start + offset) { bytes[start + offset] ^= mask }
        case .eachByte(let count, _):
            for index in range where (index - start + 1) % max(count, 1) == 0 {
                bytes[index] ^= 1 << UInt8(generator.next() % 8)
            }
        }
    }
}
