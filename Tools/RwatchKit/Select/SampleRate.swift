/// Which part of the events is kept: `1/100`.
package struct SampleRate: Sendable, Equatable {
    package let kept: Int
    package let of: Int

    /// Every event.
    static let all = SampleRate(kept: 1, of: 1)

    private init(kept: Int, of: Int) {
        self.kept = kept
        self.of = of
    }

    /// Reads `K/N`, with `1 <= K <= N <= 1000000000`; `nil` for anything else.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.allSatisfy { $0 &- UInt8(ascii: "0") < 10 } }),
            let kept = Int(String(Substring(parts[0]))), let of = Int(String(Substring(parts[1]))),
            kept >= 1, kept <= of, of <= 1_000_000_000
        else { return nil }
        self.init(kept: kept, of: of)
    }
}

/// Keeps K of N events, evenly: of `1/100` the first, the 101st and so on. It draws no random numbers, so that the same
/// stream gives the same sample; traffic that repeats itself with the same period is not sampled fairly.
struct Sampler {
    private let rate: SampleRate
    private var sum: Int

    init(_ rate: SampleRate) {
        self.rate = rate
        // The first event is kept.
        sum = rate.of - rate.kept
    }

    /// Whether the next event is kept.
    @inline(__always)
    mutating func keeps() -> Bool {
        sum += rate.kept
        guard sum >= rate.of else { return false }
        sum -= rate.of
        return true
    }
}
