import RedisCommands
import RedisRESP

/// What a command reads and writes, as far as the order of commands depends on it. A plain value.
package struct KeyAccess: Sendable, Equatable {
    /// Whether it may read or write anything.
    package var isOfEverything = false
    /// The hashes of the keys that it reads.
    package var reads: [UInt64] = []
    /// The hashes of the keys that it may change.
    package var writes: [UInt64] = []

    package init() {}

    /// Adds what another command of the same transaction does.
    mutating func formUnion(_ other: KeyAccess) {
        isOfEverything = isOfEverything || other.isOfEverything
        reads += other.reads
        writes += other.writes
    }
}

/// Finds out what commands read and write.
struct KeyAccessReader: Sendable {
    private enum Rule {
        /// It may touch keys that it does not name, or all of them.
        case everything
        /// It changes what its keys hold, although it counts as reading.
        case writing
        /// Its first argument is a channel.
        case publishing
    }

    private static let table: [(names: String, rule: Rule)] = [
        // Scripts may use keys that they do not declare, SORT reads those of its patterns, and COPY and MOVE write to
        // another database.
        ("EVAL EVALSHA FCALL SORT COPY MOVE SWAPDB FLUSHALL FLUSHDB SCRIPT FUNCTION", .everything),
        ("PFCOUNT", .writing),
        ("PUBLISH SPUBLISH", .publishing),
    ]
    private static let rules = table.flatMap { entry in entry.names.split(separator: " ").map { _ in entry.rule } }
    private static let names = CaselessNames(table.flatMap { $0.names.split(separator: " ").map(String.init) })

    private let table: CommandCatalog
    private let seed: UInt64

    /// Finds keys by that table. `seed` should be random.
    init(_ table: CommandCatalog, seed: UInt64) {
        self.table = table
        self.seed = seed
    }

    /// What a published message concerns: its channel.
    func access(toChannel channel: RawSpan) -> KeyAccess {
        var access = KeyAccess()
        // Channels are not keys of a database.
        access.writes = [channel.hash(seed: seed &+ 0x9E37_79B9_7F4A_7C15)]
        return access
    }

    /// What a command reads and writes.
    ///
    /// - Parameters:
    ///   - command: The command.
    ///   - line: Its line of MONITOR.
    ///   - encoder: What the command was encoded with.
    ///   - database: The database in which it runs.
    /// - Returns: What it reads and writes.
    func access(
        of command: RedisCommand,
        _ line: RawSpan,
        _ encoder: inout LineEncoder,
        database: Int
    ) -> KeyAccess {
        var access = KeyAccess()
        guard let bounds = encoder.arguments.argument(0, in: line) else { return access }
        let name = bounds.span(in: line)
        let rule = Self.names.find(name).map { Self.rules[$0] }
        let isReading = RedisCommandClass.of(command) == .readOnly && rule != .writing
        switch rule {
        case .everything:
            access.isOfEverything = true
            return access
        case .publishing:
            guard let channel = encoder.place(of: 1) else { return access }
            return self.access(toChannel: command.encoded.rawSpan.part(channel))
        case .writing, nil: break
        }
        guard let position = table.position(name) else {
            access.isOfEverything = !isReading
            return access
        }
        var info = table.info(position)
        if table.hasSubcommands(position), let word = encoder.arguments.argument(1, in: line),
            let found = table.subcommand(position, word.span(in: line))
        {
            info = found
        }
        var hashes: [UInt64] = []
        let bytes = command.encoded.rawSpan
        for spec in info.specs {
            guard let places = spec.places(in: line, &encoder.arguments) else { continue }
            for index in stride(from: places.first, through: places.last, by: places.step) {
                guard let place = encoder.place(of: index) else { continue }
                hashes.append(bytes.part(place).hash(seed: seed ^ UInt64(truncatingIfNeeded: database) << 32))
            }
        }
        if isReading {
            access.reads = hashes
        } else {
            access.writes = hashes
            // A command that writes and names no key may write any.
            access.isOfEverything = hashes.isEmpty
        }
        return access
    }
}
