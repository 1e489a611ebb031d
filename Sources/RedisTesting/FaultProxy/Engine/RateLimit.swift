/// Bytes a second, spread evenly. Pure: the times are given.
struct RateLimit {
    private let bytesPerSecond: Int
    private var allowance: Double
    private var last: ContinuousClock.Instant

    init(bytesPerSecond: Int, at now: ContinuousClock.Instant) {
        self.bytesPerSecond = max(bytesPerSecond, 1)
        allowance = 0
        last = now
    }

    /// A hundredth of a second's worth: what may go at once after a pause.
    private var burst: Double { Double(max(bytesPerSecond / 100, 1)) }

    /// How many bytes may go now.
    mutating func allowed(at now: ContinuousClock.Instant) -> Int {
        let elapsed = last.duration(to: now) / .seconds(1)
        if elapsed > 0 {
            allowance = min(burst, allowance + elapsed * Double(bytesPerSecond))
            last = now
        }
        return Int(allowance)
    }

    mutating func spend(_ count: Int) { allowance -= Double(count) }

    func nextByte(after now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        now + .seconds(1) * ((1 - allowance) / Double(bytesPerSecond))
    }
}
