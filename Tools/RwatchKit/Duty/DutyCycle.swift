/// Which part of each second is monitored.
package struct DutyCycle: Sendable, Hashable {
    /// How often MONITOR is entered.
    package static let period = Duration.seconds(1)

    /// The part in hundredths, from 1 to 99.
    package let percent: Int

    /// Reads `10%`; `nil` for anything else.
    package init?(_ text: String) {
        let digits = text.utf8.last == UInt8(ascii: "%") ? text.dropLast() : text[...]
        guard digits.utf8.count <= 2, digits.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }),
            let percent = Int(digits), percent > 0
        else { return nil }
        self.percent = percent
    }

    /// How long MONITOR is on.
    package var turn: Duration { Self.period / 100 * percent }

    /// When the next turn begins: at a multiple of the period from `start` on.
    package func next(after now: ContinuousClock.Instant, since start: ContinuousClock.Instant)
        -> ContinuousClock.Instant
    {
        let past = max(start.duration(to: now), .zero)
        let periods = Int(past / Self.period) + 1
        return start.advanced(by: Self.period * periods)
    }
}
