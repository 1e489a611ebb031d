/// Estimates how many different values there were, in 16 KiB: HyperLogLog (Flajolet and others, 2007) with the
/// estimator of Ertl (2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6), which needs
/// neither a table of biases nor another method for small numbers. A plain value.
package struct DistinctCounter: Sendable, Equatable {
    private static let bits = 14
    private static let size = 1 << bits
    /// The greatest value of a register.
    private static let greatest = UInt64.bitWidth - bits + 1

    /// The standard error as a share of the estimate, 0.81 percent: two estimates of three are closer than that.
    package static let standardError = 1.04 / 128

    /// Empty until there is a value.
    private var registers: [UInt8] = []

    package init() {}

    /// Adds a value by its hash, all of whose bits have to depend on the value.
    @inline(__always)
    package mutating func add(_ hash: UInt64) {
        if registers.isEmpty { registers = Array(repeating: 0, count: Self.size) }
        let place = Int(truncatingIfNeeded: hash &>> UInt64(UInt64.bitWidth &- Self.bits))
        // The one behind the bits that are left ends the count of zeros.
        let rest = hash &<< UInt64(Self.bits) | 1 &<< UInt64(Self.bits &- 1)
        let rank = UInt8(truncatingIfNeeded: rest.leadingZeroBitCount &+ 1)
        if rank > registers[place] { registers[place] = rank }
    }

    /// How many different values there were, about.
    package var estimate: Int {
        if registers.isEmpty { return 0 }
        var counts = Array(repeating: 0, count: Self.greatest + 1)
        for register in registers { counts[min(Int(register), Self.greatest)] += 1 }
        let size = Double(Self.size)
        var sum = size * Self.tau(1 - Double(counts[Self.greatest]) / size)
        for value in stride(from: Self.greatest - 1, through: 1, by: -1) { sum = 0.5 * (sum + Double(counts[value])) }
        sum += size * Self.sigma(Double(counts[0]) / size)
        // With all registers empty the sum is infinite, and with all of them full it is nothing.
        guard sum > 0 else { return .max }
        // 1 / (2 ln 2)
        let estimate = 0.721_347_520_444_481_7 * size * size / sum
        return estimate < 1e18 ? Int(estimate.rounded()) : Int.max
    }

    /// What the empty registers say.
    private static func sigma(_ share: Double) -> Double {
        if share == 1 { return .infinity }
        var (power, weight, sum) = (share, 1.0, share)
        while true {
            power *= power
            let before = sum
            sum += power * weight
            weight += weight
            if sum == before { return sum }
        }
    }

    /// What the full registers say.
    private static func tau(_ share: Double) -> Double {
        if share == 0 || share == 1 { return 0 }
        var (root, weight, sum) = (share, 1.0, 1 - share)
        while true {
            root = root.squareRoot()
            let before = sum
            weight *= 0.5
            sum -= (1 - root) * (1 - root) * weight
            if sum == before { return sum / 3 }
        }
    }
}
