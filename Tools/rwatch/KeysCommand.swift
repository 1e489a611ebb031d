import ArgumentParser
import RedisEvents
import RedisRESP
import RwatchKit

struct KeysCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Print keyspace events: keys that are set, deleted, expired, evicted.",
        usage: "rwatch keys [options] [pattern ...]",
        discussion: """
            A server reports keyspace events only when notify-keyspace-events
            is set; rwatch names the flags that are missing. FLUSHALL and
            FLUSHDB are not reported by the server.

            Examples:
              rwatch keys 'user:*' --events del   keys that are deleted
              rwatch keys --where 'event in (del, expired) and not key ~ "tmp:*"'
              rwatch keys --enable                sets the flags that are missing
              rwatch keys --enable=Kx             sets K and x, and nothing else

            JSON, one object per line, each with "v":1:
              key      ts, node, db, event, key
              gap      ts, from, to, duration_ms, complete, cause, reason
              drop     ts, from, count, bytes: the output was too slow
            Bytes that are not UTF-8 appear as key_base64. node appears when
            there may be several servers, and with --node.

            Fields of -F: %t time, %T unix time, %d database, %e event, %K key,
            %q key in quotes, %x hexadecimal, %b base64, %l length, %s server,
            %k kind, %L line, %j JSON, and @H @M … as strftime has them, @N
            nanoseconds. %-20.20K: to the left, 20 columns, no more than 20.
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "keys",
        options: KeysOptions.rules + ShapeOptions.rules + DatabaseOption.rules + KeySelectionOptions.rules
            + RunOptions.rules
            + LinkOptions.rules + ConnectionOptions.rules
    )

    @Argument(help: "Only keys that match these glob-style patterns.", completion: .someKeys)
    private var pattern: [String] = []

    @OptionGroup(title: .ownTitle) var own: KeysOptions
    @OptionGroup(title: .ownTitle) var database: DatabaseOption
    @OptionGroup(title: .shapeTitle) var shape: ShapeOptions
    @OptionGroup(title: .selectionTitle) var selection: KeySelectionOptions
    @OptionGroup var watching: RunOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var selection = try selection.selection(beside: connection)
        selection.last = try watching.ends.lastEvent()
        // A single database is watched alone, by the server's names of channels.
        if database.only == nil { selection.databases = database.numbers }
        let watch = WatchKeys(
            patterns: arguments.operands,
            events: own.events,
            database: database.only,
            notifications: own.policy,
            selection: selection
        )
        return await watch.run(
            try links.target(connection, database: database.only),
            form: try shape.form(of: .keyEvents, isKept: watching.isKept(arguments), jobs: watching.jobs),
            settings: try watching.settings(arguments)
        )
    }
}

struct KeysOptions: ParsableArguments {
    /// The value of `--enable` without a value. It cannot be a flag, because it contains an `i`.
    static let missing = "missing"

    @Option(
        help: ArgumentHelp("Only these events, such as set,del,expired.", valueName: "names"),
        transform: { text in
            do { return try EventNames.parse(text) } catch { throw ValidationError("\(error)") }
        }
    )
    var events: [RedisBytes] = []

    @Option(
        help: ArgumentHelp(
            "Add the missing notification flags during the run, or exactly these: --enable, --enable=KEA.",
            valueName: "flags"
        )
    )
    var enable: String?

    var policy: KeyspaceEvents.NotificationPolicy {
        switch enable {
        case nil: .verify
        case Self.missing: .addMissing(restoring: true)
        case let flags?: .addExactly(flags, restoring: true)
        }
    }

    func validate() throws {
        if enable == "" { throw ValidationError("--enable needs flags such as KEA, or no value") }
        if let enable, enable != Self.missing, let strange = EnableFlags.unknown(in: enable) {
            throw ValidationError("'\(strange)' is no flag of notify-keyspace-events; --enable takes flags such as KEA")
        }
    }

    static let rules = [
        OptionRule("--events", value: .text),
        OptionRule("--enable", value: .optional(default: missing, accepts: { EnableFlags.isValue($0) })),
    ]
}
