import RedisPOSIX

/// Writes the times of events. The calendar is asked once a minute: no zone changes its clocks within one.
struct TimeWriter {
    let style: TimeStyle
    private let isUTC: Bool
    /// The minute that the texts below belong to, counted since the epoch.
    private var minute = Int64.min
    /// What stands before the seconds, and behind them; `nil` in a year that the calendar cannot hold.
    private var texts: (before: [UInt8], after: [UInt8])?
    /// The event before.
    private var previous: Int64?

    init(_ style: TimeStyle, isUTC: Bool) {
        self.style = style
        self.isUTC = isUTC
    }

    /// Appends the time of an event, in microseconds since the epoch. ``TimeStyle/none`` appends nothing.
    mutating func append(_ microseconds: Int64, to buffer: inout OutputBuffer) {
        switch style {
        case .unix: buffer.append(timestamp: microseconds)
        case .delta: appendDelta(microseconds, to: &buffer)
        case .iso, .local: appendClock(microseconds, to: &buffer)
        case .none: break
        }
    }

    private mutating func appendDelta(_ microseconds: Int64, to buffer: inout OutputBuffer) {
        let (value, overflows) = microseconds.subtractingReportingOverflow(previous ?? microseconds)
        // The times are a server's, so they may be anything.
        let difference = overflows ? 0 : value
        previous = microseconds
        // The wall clock may be set back.
        if difference >= 0 { buffer.append(UInt8(ascii: "+")) }
        buffer.append(timestamp: difference)
    }

    private mutating func appendClock(_ microseconds: Int64, to buffer: inout OutputBuffer) {
        var (minute, rest) = microseconds.quotientAndRemainder(dividingBy: 60_000_000)
        if rest < 0 { (minute, rest) = (minute - 1, rest + 60_000_000) }
        if minute != self.minute {
            self.minute = minute
            texts = CalendarTime(at: minute * 60, isUTC: isUTC).map { Self.texts($0, hasDate: style == .iso) }
        }
        guard let texts else { return buffer.append(timestamp: microseconds) }
        buffer.append(texts.before)
        let digits = Decimal.eightDigits(UInt64(rest))
        buffer.append(word: digits, length: 2)
        buffer.append(UInt8(ascii: "."))
        buffer.append(word: digits >> 16, length: 6)
        if !texts.after.isEmpty { buffer.append(texts.after) }
    }

    private static func texts(_ time: CalendarTime, hasDate: Bool) -> (before: [UInt8], after: [UInt8]) {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(time.hour)):\(two(time.minute)):"
        guard hasDate else { return (Array(clock.utf8), []) }
        let year = String(repeating: "0", count: max(4 - "\(time.year)".count, 0)) + "\(time.year)"
        let minutes = time.offset.magnitude / 60
        let zone = "\(two(Int(minutes / 60))):\(two(Int(minutes % 60)))"
        return (
            Array("\(year)-\(two(time.month))-\(two(time.day))T\(clock)".utf8),
            Array((time.offset == 0 ? "Z" : (time.offset < 0 ? "-" : "+") + zone).utf8)
        )
    }
}
