extension Duration {
    /// The time in whole milliseconds, rounded up, as servers take a time to live.
    package var wholeMilliseconds: Int { rounded(to: 1_000_000_000_000_000) }

    /// The time in whole microseconds, rounded up.
    package var wholeMicroseconds: Int { rounded(to: 1_000_000_000_000) }

    private func rounded(to unit: Int64) -> Int {
        let (seconds, attoseconds) = components
        let perSecond = 1_000_000_000_000_000_000 / unit
        let (whole, isOver) = seconds.multipliedReportingOverflow(by: perSecond)
        guard !isOver else { return seconds < 0 ? .min : .max }
        let part = attoseconds / unit + (attoseconds % unit > 0 ? 1 : 0)
        let (sum, isOverAgain) = whole.addingReportingOverflow(part)
        return isOverAgain ? .max : Int(sum)
    }
}
