import Glibc

enum Report {
    /// One JSON line, and the end: nothing after it is measured.
    static func end(_ fields: [(String, Any)]) -> Never {
        say("{" + fields.map { "\"\($0)\": \($1)" }.joined(separator: ", ") + "}")
        _exit(0)
    }

    /// The report of times in nanoseconds.
    static func end(percentilesOf times: [Int]) -> Never {
        let sorted = times.sorted()
        func percentile(_ share: Double) -> Double {
            let rank = Int((Double(sorted.count) * share / 100).rounded(.up))
            return Double(sorted[max(rank - 1, 0)]) / 1000
        }
        end([
            ("messages", sorted.count), ("p50", percentile(50)), ("p99", percentile(99)), ("p99.9", percentile(99.9)),
        ])
    }

    /// Tells the harness that all is subscribed, for a feeder that waits for its word.
    static func ready() { say("ready") }

    private static func say(_ line: String) {
        _ = Array((line + "\n").utf8).withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}

/// Keeps what others work for, and waits for the report that ends the process.
func wait(holding object: some Sendable) async throws -> Never {
    while true {
        try await Task.sleep(for: .seconds(60))
        withExtendedLifetime(object) {}
    }
}
