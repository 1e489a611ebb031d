import ArgumentParser
import RESP
import RedisEvents
import RwatchKit

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Print what happens to keys: set, deleted, expired, evicted.",
        discussion: """
            The server tells of keys only when its notify-keyspace-events is
            set; what is missing there is an error that names it. All databases
            are watched unless -n names one. FLUSHALL and FLUSHDB are not told.
            """,
        helpNames: .long
    )

    /// What `--enable` without a value means: not a flag, for it has an `i`.
    static let missing = "missing"

    @OptionGroup var connection: ConnectionOptions
    @OptionGroup var limits: LimitOptions
    @OptionGroup var notices: NoticeOptions

    @Flag(help: "One JSON object a line.")
    var json = false

    @Option(help: ArgumentHelp("Only these events, such as set,del,expired.", valueName: "names"))
    var events: String?

    @Option(
        help: ArgumentHelp(
            "Set the flags that are missing, or these, for the time of the run: --enable or --enable=KEA.",
            valueName: "flags"
        )
    )
    var enable: String?

    @Argument(help: "Only keys that match these glob-style patterns.")
    var patterns: [String] = []

    private var names: [String] {
        events?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
    }

    func validate() throws {
        if names.contains("") { throw ValidationError("--events needs names with commas between, such as set,del") }
        if enable == "" { throw ValidationError("--enable needs flags such as KEA, or no value") }
    }

    func run() async throws {
        let policy: NotificationPolicy =
            switch enable {
            case nil: .verify
            case Self.missing: .addMissing(restoring: true)
            case let flags?: .add(flags, restoring: true)
            }
        let watch = WatchKeys(
            patterns: patterns.map { RedisBytes($0) },
            events: names.map { RedisBytes($0) },
            database: connection.database,
            notifications: policy
        )
        await watch.run(
            try connection.target(),
            form: json ? .json : .line,
            limits: limits.limits,
            isQuiet: notices.isQuiet
        ).exit()
    }
}
