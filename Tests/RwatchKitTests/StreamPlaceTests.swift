import RwatchKit
import TestSupport
import Testing

@Suite("Where a stream is read from", .tags(.unit))
struct StreamPlaceTests {
    @Test("start, now, an id, a time, or how long ago")
    func places() {
        let now: Int64 = 1_764_588_918_000_000
        func place(_ text: String) -> StreamPlace? { StreamPlace(text, now: now) }
        #expect(place("now") == .now)
        // The same moment in each of its spellings.
        let moment = place("1764588918000")
        #expect(moment != nil)
        #expect(place("2025-12-01T11:35:18Z") == moment)
        #expect(place("2025-12-01 11:35:18") == moment)
        #expect(place("0s") == moment)
        #expect(place("10m") == place("2025-12-01T11:25:18Z"))
        #expect(place("2024-02-29") == place("1709164800000"))
        #expect(place("1970-01-01") == place("0"))
        #expect(place("5-1") != nil && place("5-1") != place("5"))
        for wrong in ["", "yesterday", "2025-13-01", "2025-12-01T25:00:00Z", "2025-12-01T11:35", "-5", "5-x", "1-2-3"] {
            #expect(place(wrong) == nil, "\(wrong)")
        }
    }

    @Test("how much a channel keeps: so many messages, so many bytes, a time, or all")
    func retentions() {
        for text in ["1", "10000", "10mb", "64kb", "12h", "1d", "all"] {
            #expect(MessageRetention(text) != nil, "\(text)")
        }
        #expect(MessageRetention("10000") == .usual)
        for text in ["", "0", "-1", "much", "0b", "0s"] { #expect(MessageRetention(text) == nil, "\(text)") }
    }
}
