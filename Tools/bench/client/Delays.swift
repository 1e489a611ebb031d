import RedisEvents

/// How long messages were on their way: each payload is the time at which it was meant to be sent, in nanoseconds. One
/// thread at a time; ends the process with a report when all have come.
final class Delays: Sendable {
    private let wanted: Int
    private nonisolated(unsafe) var delays: [Int] = []
    private nonisolated(unsafe) var bytes = 0

    init(wanted: Int) {
        self.wanted = wanted
        delays.reserveCapacity(wanted)
    }

    func message(_ payload: RedisBytes) {
        let now = Cost.nanoseconds()
        add(now - payload.reduce(0) { $0 * 10 + Int($1) - 48 }, payload.count)
    }

    func message(_ payload: RawSpan) {
        let now = Cost.nanoseconds()
        var sent = 0
        for index in payload.byteOffsets {
            sent = sent * 10 + Int(payload.unsafeLoad(fromByteOffset: index, as: UInt8.self)) - 48
        }
        add(now - sent, payload.byteCount)
    }

    private func add(_ delay: Int, _ count: Int) {
        delays.append(delay)
        bytes += count
        if delays.count == wanted { report() }
    }

    private func report() -> Never {
        delays.sort()
        Report.end([
            ("messages", delays.count), ("bytes", bytes),
            ("p50", percentile(50)), ("p99", percentile(99)), ("p99.9", percentile(99.9)),
        ])
    }

    /// In microseconds.
    private func percentile(_ share: Double) -> Double {
        let rank = Int((Double(delays.count) * share / 100).rounded(.up))
        return Double(delays[max(rank, 1) - 1]) / 1000
    }
}
