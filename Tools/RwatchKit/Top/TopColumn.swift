/// A column of a table, and how its values are shown.
package enum TopColumn: String, Sendable, CaseIterable {
    // The raw values are names in JSON.
    case rate
    case count
    /// What was added in the last interval; in JSON alone.
    case last
    case share
    case perCall = "us_per_call"
    case p50 = "p50_us"
    case p99 = "p99_us"
    case failed
    case rejected
    case bytesRate = "bytes_rate"
    case bytes
    case tenSeconds = "rate_10s"
    case minute = "rate_1m"
    case quarterHour = "rate_15m"
    case subscribers
    case input = "in_rate"
    case output = "out_rate"
    case pending = "omem"
    case age
    case idle
    case time = "cpu_us"
    case clients
    case memory
    case lag = "lag_us"
    case command = "cmd"
    case user
    case label
    case node
    case kind
    case version
    case role
    case state

    /// How a value is written for people.
    package enum Kind: Sendable {
        case number
        case perSecond
        case percent
        case bytes
        case bytesPerSecond
        case microseconds
        case seconds
        case text
    }

    package var kind: Kind {
        switch self {
        case .count, .last, .failed, .rejected, .subscribers, .clients: .number
        case .rate, .tenSeconds, .minute, .quarterHour: .perSecond
        case .share: .percent
        case .bytes, .pending, .memory: .bytes
        case .bytesRate, .input, .output: .bytesPerSecond
        case .perCall, .p50, .p99, .lag, .time: .microseconds
        case .age, .idle: .seconds
        case .command, .user, .label, .node, .kind, .version, .role, .state: .text
        }
    }

    package var title: String {
        switch self {
        case .rate: "RATE/s"
        case .count: "TOTAL"
        case .last: "LAST"
        case .share: "SHARE"
        case .perCall: "PER CALL"
        case .p50: "P50"
        case .p99: "P99"
        case .failed: "FAILED"
        case .rejected: "REFUSED"
        case .bytesRate: "BYTES/s"
        case .bytes: "BYTES"
        case .tenSeconds: "10s"
        case .minute: "1m"
        case .quarterHour: "15m"
        case .subscribers: "SUBSCR."
        case .input: "IN/s"
        case .output: "OUT/s"
        case .pending: "HELD"
        case .age: "AGE"
        case .idle: "IDLE"
        case .time: "CPU"
        case .clients: "CLIENTS"
        case .memory: "MEMORY"
        case .lag: "LAG"
        case .command: "COMMAND"
        case .user: "USER"
        case .label: "NAME"
        case .node: "NODE"
        case .kind: "KIND"
        case .version: "VERSION"
        case .role: "ROLE"
        case .state: "STATE"
        }
    }

    /// How many columns of the screen it takes, without the blank before it.
    package var width: Int {
        switch self {
        case .version: 14
        case .command: 12
        case .label: 14
        case .node: 16
        case .count: 10
        default: 8
        }
    }

    /// Whether greater values come first unless somebody wants it otherwise.
    package var isDescending: Bool { kind != .text }

    /// Whether it is shown; others are in JSON alone.
    package var isShown: Bool { self != .last }

    /// A value for people.
    package func text(_ value: Double) -> String {
        switch kind {
        case .number: Self.short(value, isWhole: true)
        case .perSecond: Self.short(value, isWhole: false)
        case .percent: "\(DecimalFraction.text(value * 100, decimals: 1))%"
        case .bytes: Self.size(value)
        case .bytesPerSecond: Self.size(value)
        case .microseconds: Self.duration(value)
        case .seconds: Self.age(value)
        case .text: ""
        }
    }

    /// `12.3`, `1234`, `123.4k`, `12.3M`: never more than seven characters.
    package static func short(_ value: Double, isWhole: Bool) -> String {
        let units: [(String, Double)] = [("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)]
        if value < 100, !isWhole { return DecimalFraction.text(value, decimals: 1) }
        if value < 99_999.5 { return DecimalFraction.text(value, decimals: 0) }
        for (unit, factor) in units where value >= factor {
            let scaled = min(value / factor, 99_999)
            return DecimalFraction.text(scaled, decimals: scaled < 999.95 ? 1 : 0) + unit
        }
        return DecimalFraction.text(value, decimals: 0)
    }

    /// `12b`, `1.5kb`, `32.0mb`, as redis.conf has the units.
    package static func size(_ value: Double) -> String {
        let units = [("tb", 1_099_511_627_776.0), ("gb", 1_073_741_824.0), ("mb", 1_048_576.0), ("kb", 1024.0)]
        for (unit, factor) in units where value >= factor {
            let scaled = min(value / factor, 99_999)
            return DecimalFraction.text(scaled, decimals: scaled < 999.95 ? 1 : 0) + unit
        }
        return DecimalFraction.text(value, decimals: 0) + "b"
    }

    /// `12.3µs`, `1.2ms`, `3.4s`; the micro sign becomes a `u` where there is only ASCII.
    package static func duration(_ microseconds: Double) -> String {
        if microseconds < 1000 {
            return DecimalFraction.text(microseconds, decimals: microseconds < 100 ? 1 : 0) + "µs"
        }
        if microseconds < 1_000_000 { return DecimalFraction.text(microseconds / 1000, decimals: 1) + "ms" }
        return DecimalFraction.text(min(microseconds / 1_000_000, 99_999), decimals: 1) + "s"
    }

    /// `12s`, `3m 4s`, `5h 6m`, `7d 8h`.
    package static func age(_ value: Double) -> String {
        let seconds = Int(min(max(value, 0), 1e12))
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m\(seconds % 60)s" }
        if seconds < 86_400 { return "\(seconds / 3600)h\(seconds % 3600 / 60)m" }
        return "\(min(seconds / 86_400, 99_999))d\(seconds % 86_400 / 3600)h"
    }
}

/// A value in a table.
package enum TopCell: Sendable, Equatable {
    case none
    case number(Double)
    case text([UInt8])

    package var number: Double? { if case .number(let value) = self { value } else { nil } }
    package var text: [UInt8]? { if case .text(let value) = self { value } else { nil } }

    init(_ value: Int?) { self = value.map { .number(Double($0)) } ?? .none }
}
