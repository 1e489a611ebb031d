import RedisCommands
import RedisRESP

/// What becomes of a recorded command, by its name.
enum ReplayRule: Sendable, Equatable {
    case send
    /// MULTI.
    case begin
    /// EXEC.
    case execute
    /// DISCARD.
    case discard
    /// SELECT.
    case select
    case leaveOut(ReplaySkip)

    /// The rule for a command.
    ///
    /// - Parameters:
    ///   - name: Its name, in any case.
    ///   - command: The command.
    /// - Returns: The rule.
    static func rule(of name: RawSpan, _ command: RedisCommand) -> ReplayRule {
        if let position = names.find(name) { return rules[position] }
        let commandClass = RedisCommandClass.of(command)
        if containers.find(name) != nil { return commandClass == .readOnly ? .send : .leaveOut(.administrative) }
        return commandClass == .admin ? .leaveOut(.administrative) : .send
    }

    private static let table: [(names: String, rule: ReplayRule)] = [
        ("MULTI", .begin), ("EXEC", .execute), ("DISCARD", .discard), ("SELECT", .select),
        ("WATCH UNWATCH", .leaveOut(.watch)),
        (
            """
            AUTH HELLO QUIT RESET CLIENT ASKING READONLY READWRITE SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE \
            SUNSUBSCRIBE MONITOR SYNC PSYNC REPLCONF WAIT WAITAOF
            """, .leaveOut(.connection)
        ),
        ("MIGRATE", .leaveOut(.otherServer)),
        // They delete data, and servers show them.
        ("FLUSHALL FLUSHDB SCRIPT FUNCTION", .send),
    ]
    private static let rules = table.flatMap { entry in entry.names.split(separator: " ").map { _ in entry.rule } }
    private static let names = CaselessNames(table.flatMap { $0.names.split(separator: " ").map(String.init) })
    /// Commands whose subcommands administer the server, but for those that only read.
    private static let containers = CaselessNames([
        "ACL", "CLUSTER", "COMMANDLOG", "CONFIG", "DEBUG", "HOTKEYS", "LATENCY", "MODULE", "SLOWLOG",
    ])
}
