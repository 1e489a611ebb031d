import ArgumentParser
import RedisRESP
import RwatchKit

struct BenchCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how long messages take from publishing to subscribers of a server of your own.",
        usage: "rwatch bench [options]",
        discussion: """
            It subscribes to channels that nobody else has, publishes to them at
            a steady rate, and tells how long messages were on their way: from
            the time at which each was meant to be sent, so that a server that
            stands still makes all messages late that were due meanwhile, and
            not only one. It tells exactly what was published, what came and
            what is missing; the status is 1 when something is.

            Examples:
              rwatch bench                        1000 a second for ten seconds
              rwatch bench --sub 50 --rate 200    one to fifty
              rwatch bench --rate max --size 1kb  as many as the server takes
              rwatch bench --shard --channels 16 -c -p 7000
                                                  shard channels of a cluster

            With --json it is one object:
              bench    sent, published, delivered, missing, rate, late_us,
                       delay_us, …
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "bench",
        options: BenchOptions.rules + NoticeOptions.rules + PrivateKeyOption.rules + ConnectionOptions.rules,
        operands: 0...0,
        refusals: DatabaseOption.refusal
    )

    @OptionGroup(title: "What to measure") var own: BenchOptions
    @OptionGroup(title: "What is reported") var notices: NoticeOptions
    @OptionGroup(title: .connectionTitle) var connection: ConnectionOptions
    @OptionGroup(title: .connectionTitle) var privateKey: PrivateKeyOption

    func run(_ arguments: ArrangedArguments) async throws -> ExitStatus {
        var measure = MeasureDelivery(own.plan)
        measure.isJSON = own.json
        measure.isAgreed = own.yes
        measure.isQuiet = notices.isQuiet
        var settings = connection.settings
        try privateKey.apply(to: &settings)
        return await measure.run(Target(.servers(try settings.configurations())))
    }
}

struct BenchOptions: ParsableArguments {
    @Option(
        name: .customLong("pub"),
        help: ArgumentHelp("So many publishers, with a link each (default: 1).", valueName: "n")
    )
    private var publishers: Int?

    @Option(
        name: .customLong("sub"),
        help: ArgumentHelp("So many subscribers, with a link each (default: 1).", valueName: "n")
    )
    private var subscribers: Int?

    @Option(help: ArgumentHelp("So many channels; every subscriber has all of them (default: 1).", valueName: "n"))
    private var channels: Int?

    @Option(
        help: ArgumentHelp("The size of a message, at least 32 (default: 64).", valueName: "size"),
        transform: parseSize
    )
    private var size: Int?

    @Option(
        help: ArgumentHelp("So many messages a second, by all publishers, or max (default: 1000).", valueName: "n"),
        transform: { text in
            guard let rate = text == "max" ? 0 : Int(text), rate > 0 || text == "max" else {
                throw ValidationError("--rate takes a number from 1 up, or max")
            }
            return rate
        }
    )
    private var rate: Int?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("Send for so long (default: 10s).", valueName: "time"),
        transform: parseDuration
    )
    private var duration: Duration?

    @Flag(help: "Use shard channels.")
    private var shard = false

    @Flag(help: "Measure a server on another machine.")
    var yes = false

    @Flag(help: "Print the report as one JSON object.")
    var json = false

    var plan: BenchPlan {
        var plan = BenchPlan()
        plan.publishers = publishers ?? 1
        plan.subscribers = subscribers ?? 1
        plan.channels = channels ?? 1
        plan.size = size ?? 64
        // Zero stands for max.
        plan.rate = rate.map { $0 == 0 ? nil : $0 } ?? 1000
        plan.duration = duration ?? .seconds(10)
        plan.isShard = shard
        return plan
    }

    func validate() throws {
        let plan = plan
        for (name, value) in [("--pub", plan.publishers), ("--sub", plan.subscribers)] where !(1...1000 ~= value) {
            throw ValidationError("\(name) takes a number from 1 to 1000")
        }
        guard 1...10_000 ~= plan.channels else { throw ValidationError("--channels takes a number from 1 to 10000") }
        guard BenchPayload.size...(16 << 20) ~= plan.size else {
            throw ValidationError("--size takes a size from \(BenchPayload.size) bytes to 16mb")
        }
        guard plan.rate ?? 1 <= 10_000_000 else { throw ValidationError("--rate takes at most 10000000, or max") }
        guard plan.duration > .zero, plan.duration <= .seconds(86_400) else {
            throw ValidationError("--for takes a time above 0, up to 1d")
        }
    }

    static let rules = [
        OptionRule("--pub", value: .text), OptionRule("--sub", value: .text), OptionRule("--channels", value: .text),
        OptionRule("--size", value: .text), OptionRule("--rate", value: .text), OptionRule("--for", value: .text),
        OptionRule("--shard"), OptionRule("--yes"), OptionRule("--json"),
    ]
}
