package import RedisRESP

/// What INFO tells of a server, read from its reply. Whatever the reply is, no more is kept than the limits allow, and
/// a field that is missing or no number is none. A plain value.
package struct InfoReply: Sendable, Equatable {
    /// What a server has counted of one command since it began, or since its statistics were reset.
    package struct Command: Sendable, Equatable {
        package var calls = 0
        /// How long all calls took, in microseconds.
        package var microseconds = 0
        package var rejected = 0
        package var failed = 0

        package init(calls: Int = 0, microseconds: Int = 0, rejected: Int = 0, failed: Int = 0) {
            self.calls = calls
            self.microseconds = microseconds
            self.rejected = rejected
            self.failed = failed
        }
    }

    /// How long calls of one command took, in microseconds.
    package struct Latency: Sendable, Equatable {
        package var p50: Double?
        package var p99: Double?

        package init(p50: Double? = nil, p99: Double? = nil) {
            self.p50 = p50
            self.p99 = p99
        }
    }

    /// No more commands are kept.
    package static let mostCommands = 1024
    /// A longer name of a command is none.
    private static let longestName = 64

    /// `redis 7.0.15`, `valkey 9.0.0`; empty when the server does not say.
    package private(set) var version = ""
    package private(set) var role = ""
    /// What tells one process of the server from the next.
    package private(set) var runID: [UInt8] = []
    /// In seconds.
    package private(set) var uptime: Int?
    package private(set) var clients: Int?
    /// In bytes.
    package private(set) var memory: Int?
    /// In bytes; `nil` without a limit.
    package private(set) var memoryLimit: Int?
    /// How many commands were executed since the server began.
    package private(set) var executed: Int?
    /// How many bytes came in and went out since then.
    package private(set) var input: Int?
    package private(set) var output: Int?
    package private(set) var commands: [[UInt8]: Command] = [:]
    package private(set) var latencies: [[UInt8]: Latency] = [:]
    /// Whether something was left out, because there is too much of it.
    package private(set) var isCut = false

    package init() {}

    /// Reads a reply, or several sections of one.
    package init(_ reply: RedisBytes) {
        isCut = reply.count > OutsideFields.longestText
        var fork = ""
        var number = ""
        for line in reply.slice(0..<min(reply.count, OutsideFields.longestText)).lines {
            guard let colon = line.rawSpan.firstIndex(of: UInt8(ascii: ":"), from: 0) else { continue }
            let name = line.slice(0..<colon)
            let value = line.slice((colon + 1)..<line.count)
            if name.begins(with: "cmdstat_") {
                read(command: name.dropFirst(8), value)
            } else if name.begins(with: "latency_percentiles_usec_") {
                read(latency: name.dropFirst(25), value)
            } else {
                switch name {
                case "redis_version": if number.isEmpty { number = value.plainText(upTo: 32) ?? "" }
                case "valkey_version":
                    fork = "valkey"
                    number = value.plainText(upTo: 32) ?? ""
                case "server_name": fork = value.plainText(upTo: 16) ?? ""
                case "role": role = value.plainText(upTo: 16) ?? ""
                case "run_id": runID = Array(value.prefix(64))
                case "uptime_in_seconds": uptime = value.count()
                case "connected_clients": clients = value.count()
                case "used_memory": memory = value.count()
                case "maxmemory": memoryLimit = value.count().flatMap { $0 > 0 ? $0 : nil }
                case "total_commands_processed": executed = value.count()
                case "total_net_input_bytes": input = value.count()
                case "total_net_output_bytes": output = value.count()
                default: break
                }
            }
        }
        if !number.isEmpty { version = "\(fork.isEmpty ? "redis" : fork) \(number)" }
    }

    /// `calls=1,usec=2,usec_per_call=2.00,rejected_calls=0,failed_calls=0`.
    private mutating func read(command name: some Collection<UInt8>, _ value: RedisBytes) {
        guard let calls = value.number("calls"), isKept(name, commands.count) else { return }
        commands[Array(name)] = Command(
            calls: calls,
            microseconds: value.number("usec") ?? 0,
            rejected: value.number("rejected_calls") ?? 0,
            failed: value.number("failed_calls") ?? 0
        )
    }

    /// `p50=1.003,p99=2.007,p99.9=2.007`.
    private mutating func read(latency name: some Collection<UInt8>, _ value: RedisBytes) {
        guard isKept(name, latencies.count) else { return }
        latencies[Array(name)] = Latency(p50: value.fraction("p50"), p99: value.fraction("p99"))
    }

    private mutating func isKept(_ name: some Collection<UInt8>, _ count: Int) -> Bool {
        guard !name.isEmpty, name.count <= Self.longestName else { return false }
        guard count < Self.mostCommands else {
            isCut = true
            return false
        }
        return true
    }
}

extension RedisBytes {
    /// The count that the text is; `nil` for anything else.
    fileprivate func count() -> Int? { decimal(Int.self)?.asCount }

    fileprivate func number(_ field: String) -> Int? {
        value(ofField: field, separator: UInt8(ascii: ","))?.count()
    }

    fileprivate func fraction(_ field: String) -> Double? {
        guard let text = value(ofField: field, separator: UInt8(ascii: ","))?.plainText(upTo: 24),
            let value = Double(text), 0...1e15 ~= value
        else { return nil }
        return value
    }
}
