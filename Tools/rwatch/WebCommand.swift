import ArgumentParser
import RedisRESP
import RwatchKit
import RwatchWeb

struct WebCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "web",
        abstract: "Show what servers do on a page in the browser.",
        usage: "rwatch web [options] [channel ...]",
        discussion: """
            Prints one line, the page's URL, and serves until Ctrl-C or --for
            ends it. The URL has a secret token: whoever has it sees what the
            page shows. It listens at 127.0.0.1 unless --listen says otherwise.

            Examples:
              rwatch web                          the servers' own counters
              rwatch web orders -P 'cache.*'      messages
              rwatch web --source keys            events of keys
              rwatch web --source monitor         every command
              rwatch demo --web                   a private server, to try it

            The source is 'stats' if nothing is said: INFO once a second, which
            costs a server as good as nothing. Channels are subscribed to on
            the page. MONITOR costs a server a large part of its throughput,
            and so has to be asked for.

            Arguments of commands that are no keys and payloads are left out
            (--redact values) unless --redact none says otherwise.

            For programs, with the header 'Authorization: Bearer TOKEN':
              /metrics  for Prometheus
              /events   as JSON, one object per line, as 'monitor --json' and
                        'sub --json' print them; selected by the fields where,
                        include, exclude, cmd, key, channel, client, db,
                        min-size, sample, kind, as the options of that name:
                        curl -G -H "Authorization: Bearer $TOKEN" \\
                          --data-urlencode 'where=size > 1k' $URL/events
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "web",
        options: WebOptions.rules + SubNames.rules + NameFileOption.rules + TimeLimitOption.rules + ReportOptions.rules
            + LinkOptions.rules + PrivateKeyOption.rules + ConnectionOptions.rules,
        refusals: DatabaseOption.refusal
    )

    @Argument(help: "Channels.", completion: .activeChannels)
    private var channel: [String] = []

    @OptionGroup(title: "What to show") private var own: WebOptions
    @OptionGroup(title: "What to show") private var names: SubNames
    @OptionGroup(title: "What to show") private var files: NameFileOption
    @OptionGroup(title: .endTitle) private var time: TimeLimitOption
    @OptionGroup(title: .reportTitle) private var reports: ReportOptions
    @OptionGroup(title: .connectionTitle) private var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) private var privateKey: PrivateKeyOption
    @OptionGroup(title: .connectionTitle) private var links: LinkOptions

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var serve = try own.settings()
        let channels = try NameFileOption.names(arguments)
        let subscriptions =
            arguments["--pattern"].map { PageSubscription(.pattern, $0) }
            + arguments["--shard"].map { PageSubscription(.shard, $0) }
        switch serve.source {
        case .keys:
            // As in 'rwatch keys', the names are patterns of keys.
            serve.keyPatterns = channels
            serve.subscriptions = subscriptions
        default:
            serve.subscriptions = channels.map { PageSubscription(.channel, $0) } + subscriptions
            if own.source == nil, !serve.subscriptions.isEmpty { serve.source = .sub }
        }
        if serve.source == .sub, serve.subscriptions.isEmpty {
            throw ValidationError("nothing to subscribe to: name a channel, a pattern (-P) or a shard channel (-S)")
        }
        var settings = RunSettings(limits: WatchLimits(duration: time.limit))
        reports.apply(to: &settings, arguments)
        return await serve.run(try links.target(connection, privateKey), settings: settings)
    }
}

/// What the page shows, and to whom.
struct WebOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where events come from: stats, monitor, sub or keys (default: sub with names, else stats).",
            valueName: "source"
        ),
        transform: { text in
            guard let source = WebSource(rawValue: text) else {
                throw ValidationError("known are \(WebSource.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return source
        }
    )
    var source: WebSource?

    @Option(
        help: ArgumentHelp(
            "Serve the page here; port 0 is any that is free (default: 127.0.0.1:0).",
            valueName: "address:port"
        ),
        transform: { text in
            guard let address = ListenAddress(text) else {
                throw ValidationError("this is no address and port such as 127.0.0.1:8080 or [::1]:0")
            }
            return address
        }
    )
    var listen: ListenAddress?

    @Option(
        name: .customLong("host-name"),
        help: ArgumentHelp(
            "A name by which browsers may call the page's server, besides its address; may be repeated.",
            valueName: "name"
        )
    )
    var hostNames: [String] = []

    @Flag(name: .customLong("allow-publish"), help: "Let the page publish messages.")
    var allowsPublishing = false

    @Option(
        help: ArgumentHelp(
            "Leave out arguments that are no keys and payloads (the default), or names too, or what matches; or nothing.",
            valueName: "values|all|none|regex"
        )
    )
    var redact: String?

    /// What these options say.
    func settings() throws -> ServeWeb {
        var serve = ServeWeb()
        serve.source = source ?? .stats
        if let listen { serve.address = listen }
        serve.hostNames = hostNames
        serve.allowsPublishing = allowsPublishing
        switch redact {
        case nil, "values": serve.redaction = .values
        case "all": serve.redaction = .all
        case "none": serve.redaction = nil
        case let text?:
            do throws(ExpressionError) { serve.redaction = .matching(try RegularExpression(text)) } catch {
                throw SelectionError(option: "--redact", mistake: error)
            }
        }
        return serve
    }

    static let rules = [
        OptionRule("--source", value: .text), OptionRule("--listen", value: .text),
        OptionRule("--host-name", value: .text), OptionRule("--allow-publish"), OptionRule("--redact", value: .text),
    ]
}

/// When a command ends that prints no events.
struct TimeLimitOption: ParsableArguments {
    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("End after this time: 10s, 500ms, 1m30s, 1d; 0 never ends.", valueName: "time"),
        transform: parseDuration
    )
    private var duration: Duration?

    // Zero turns a time limit off, here as everywhere.
    var limit: Duration? { duration == .zero ? nil : duration }

    static let rules = [OptionRule("--for", value: .text)]
}
