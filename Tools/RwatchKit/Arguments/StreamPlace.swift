import RedisCore
import RedisRESP
import RedisStreams

/// Where a stream is read from, as `--from` says: `start`, `now`, an id, a time, or how long ago.
package struct StreamPlace: Sendable, Equatable {
    let start: DurableStart

    private init(_ start: DurableStart) { self.start = start }

    /// With what comes from now on.
    package static let now = StreamPlace(.now)

    /// Reads a text; `nil` for one that is no place.
    ///
    /// - Parameters:
    ///   - text: `start`, `now`, `1526919030474-55`, `1526919030474`, `2026-12-01T11:35:18Z` or `10m`.
    ///   - now: The time of which `10m` is ten minutes before, in microseconds since the epoch.
    package init?(_ text: String, now: Int64 = RedisTimestamp.now().microseconds) {
        switch text {
        case "start": start = .beginning
        case "now": start = .now
        default:
            if text.utf8.allSatisfy({ $0 &- 0x30 < 10 }) {
                guard let milliseconds = Int64(text), milliseconds < Int64.max / 1000 else { return nil }
                start = .time(RedisTimestamp(microseconds: milliseconds * 1000))
            } else if let id = RedisStreamID(text) {
                start = .after(id)
            } else if let time = Self.microseconds(of: Array(text.utf8)) {
                start = .time(RedisTimestamp(microseconds: time))
            } else if let age = try? DurationText.parse(text), age >= .zero,
                let microseconds = Int64(exactly: (age / .microseconds(1)).rounded()), microseconds <= max(now, 0)
            {
                start = .time(RedisTimestamp(microseconds: now - microseconds))
            } else {
                return nil
            }
        }
    }

    /// The time that `2026-12-01T11:35:18Z` or `2026-12-01` says, in UTC.
    private static func microseconds(of text: [UInt8]) -> Int64? {
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= text.count, text[range].allSatisfy({ $0 &- 0x30 < 10 }) else { return nil }
            return text[range].reduce(0) { $0 * 10 + Int64($1 - 0x30) }
        }
        func has(_ byte: Character, at index: Int) -> Bool { index < text.count && text[index] == byte.asciiValue }
        guard let year = number(0..<4), has("-", at: 4), let month = number(5..<7), has("-", at: 7),
            let day = number(8..<10), 1...12 ~= month, 1...31 ~= day
        else { return nil }
        // Days since 1970 of a year that begins in March.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        var seconds = days * 86_400
        if text.count > 10 {
            guard has("T", at: 10) || has(" ", at: 10), let hour = number(11..<13), has(":", at: 13),
                let minute = number(14..<16), has(":", at: 16), let second = number(17..<19), hour < 24, minute < 60,
                second <= 60, text.count == 19 || text.count == 20 && has("Z", at: 19)
            else { return nil }
            seconds += hour * 3600 + minute * 60 + second
        }
        return seconds >= 0 ? seconds * 1_000_000 : nil
    }
}
