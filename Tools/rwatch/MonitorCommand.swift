import ArgumentParser
import RwatchKit

struct MonitorCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Print every command that the server executes.",
        usage: "rwatch monitor [options]",
        discussion: """
            On a terminal, columns for people. Into a pipe or a file, one line
            per command, as 'redis-cli monitor' prints it, without the OK;
            control bytes are escaped. MONITOR costs the server a large part
            of its throughput. rwatch always reads, and drops what the output
            does not take. When the server still has to hold more than --guard
            for rwatch, rwatch leaves MONITOR and returns after 5 s.

            Examples:
              rwatch monitor --for 10s            ten seconds of commands
              rwatch monitor -n 1                 only database 1
              rwatch monitor --json | jq .cmd     the names of the commands
              rwatch monitor --cmd set,del --key 'user:*'
                                                  writes of some keys
              rwatch monitor --where 'key ~ "user:*" and size > 1k and not lua'
              rwatch monitor --where 'not client.name = "cron"' --names

            With --duty 10% rwatch is in MONITOR for 100 ms of each second. The
            pauses are gaps with the cause duty, and the counters of --stats
            are scaled to all of the time.

            Names and users come from CLIENT LIST, which is read when an unknown
            client appears, once a second at most. Its commands, and all behind
            them, wait for that for a second at most; who is gone by then has
            neither name nor user. Clients of a unix socket have none either.
            Commands of rwatch's own connections are left out (--self), and so
            is what a replica gets from its primary (--replicated).

            JSON, one object per line, each with "v":1:
              command  ts, node, db, client, cmd, args; with --names also
                       name, user; "lua":true with --lua attribute
              gap      ts, from, to, duration_ms, complete, cause, reason
              drop     ts, from, count, bytes: the output was too slow
            An argument that is not UTF-8 is {"base64":"…"}. node appears when
            there may be several servers, and with --node.

            Fields of -F: %t time, %T unix time, %d database, %a client, %n
            its name, %u its user, %C command, %K first key, %A arguments in
            quotes, %l length, %s server, %k kind, %L line, %j JSON, and @H @M …
            as strftime has them, @N nanoseconds. %-20.20K: to the left, 20
            columns, no more than 20.
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "monitor",
        options: MonitorOptions.rules + ShapeOptions.rules + DatabaseOption.rules + CommandSelectionOptions.rules
            + ClientNameOptions.rules + RunOptions.rules
            + LinkOptions.rules + ConnectionOptions.rules,
        operands: 0...0
    )

    @OptionGroup(title: .ownTitle) var own: MonitorOptions
    @OptionGroup(title: .ownTitle) var database: DatabaseOption
    @OptionGroup(title: .shapeTitle) var shape: ShapeOptions
    @OptionGroup(title: .selectionTitle) var selection: CommandSelectionOptions
    @OptionGroup(title: .selectionTitle) var clients: ClientNameOptions
    @OptionGroup var watching: RunOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var selection = try selection.selection(beside: connection)
        selection.last = try watching.ends.lastEvent()
        selection.databases = database.numbers
        clients.apply(to: &selection)
        var settings = try watching.settings(arguments, mayBlock: false)
        settings.showsOwn = own.showsOwn
        return await WatchMonitor.run(
            try links.target(connection, database: database.only),
            form: try shape.form(of: .commands, isKept: watching.isKept(arguments), jobs: watching.jobs),
            guard: GuardSettings(limit: own.guardLimit ?? 32 << 20, exits: own.guardExits),
            settings: settings,
            selection: selection,
            needs: OriginNeeds(names: own.showsNames, users: own.showsNames, hidesReplicated: !own.showsReplicated),
            duty: own.duty
        )
    }
}

struct MonitorOptions: ParsableArguments {
    @Option(
        name: .customLong("guard"),
        help: ArgumentHelp(
            "Leave MONITOR when the server holds more than this for rwatch; 0 never does (default: 32mb).",
            valueName: "size"
        ),
        transform: parseSize
    )
    var guardLimit: Int?

    @Flag(name: .customLong("guard-exit"), help: "End with status 75 instead of returning.")
    var guardExits = false

    @Option(
        help: ArgumentHelp(
            "Monitor only this part of each second, to spare the server; reports tell scaled numbers: 10%.",
            valueName: "percent"
        ),
        transform: { text in
            guard let duty = DutyCycle(text) else {
                throw ValidationError("this is no part of each second from 1% to 99%")
            }
            return duty
        }
    )
    var duty: DutyCycle?

    @Flag(
        name: .customLong("names"),
        help: "Show the names and users of clients: in JSON both, in columns the name; formats have %n and %u."
    )
    var showsNames = false

    @Flag(name: .customLong("self"), help: "Show the commands of rwatch's own connections too.")
    var showsOwn = false

    @Flag(name: .customLong("replicated"), help: "At a replica, show what comes from its primary too.")
    var showsReplicated = false

    func validate() throws {
        if guardExits && guardLimit == 0 { throw ValidationError("--guard-exit needs a guard, and --guard 0 is none") }
    }

    static let rules = [
        OptionRule("--guard", value: .text), OptionRule("--guard-exit"),
        OptionRule("--duty", value: .text), OptionRule("--names"), OptionRule("--self"),
        OptionRule("--replicated"),
    ]
}
