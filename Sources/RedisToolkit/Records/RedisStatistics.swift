/// What is known of numbers that were added one by one.
public struct RedisStatistics: Sendable, Hashable {
    /// How many there were.
    public let count: Int
    /// Their sum.
    public let sum: Double
    /// The sum of their squares.
    public let sumOfSquares: Double
    /// The least one.
    public let minimum: Double
    /// The greatest one.
    public let maximum: Double

    /// Their mean.
    public var average: Double { sum / Double(count) }

    /// How far they are from their mean, by the usual estimate; 0 for one number.
    public var standardDeviation: Double {
        guard count > 1 else { return 0 }
        return (max(sumOfSquares - sum * sum / Double(count), 0) / Double(count - 1)).squareRoot()
    }

    /// Reads the parts. `nil` if one is missing.
    package init?(_ members: [RedisScoredMember]) {
        let parts = Dictionary(members.map { ($0.member, $0.score) }) { first, _ in first }
        guard let count = parts["count"].flatMap({ Int(exactly: $0) }), count > 0, let sum = parts["sum"],
            let squares = parts["sumsq"], let minimum = parts["min"], let maximum = parts["max"]
        else { return nil }
        self.count = count
        self.sum = sum
        sumOfSquares = squares
        self.minimum = minimum
        self.maximum = maximum
    }
}
