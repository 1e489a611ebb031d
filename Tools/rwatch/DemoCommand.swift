import ArgumentParser
import RwatchKit
import RwatchWeb

struct DemoCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Start a private server with some traffic, and watch its commands and messages side by side.",
        usage: "rwatch demo [options]",
        discussion: """
            The subscription's link is cut once, to show what a gap looks like.
            With --web it prints the URL of a page that shows the same. With --tour it
            is a tour instead: eight steps from a subscription to a durable channel,
            each with its command; Enter goes on, q ends.
            """,
        helpNames: .long
    )

    static let rule = CommandRule(
        "demo",
        options: LimitOptions.rules + [
            OptionRule("--web"), OptionRule("--tour"), OptionRule("--listen", value: .text),
        ],
        operands: 0...0
    )

    @Flag(help: "Show it on a page in the browser.")
    private var web = false

    @Flag(help: "Go through it step by step; without a terminal, it goes on by itself.")
    private var tour = false

    @Option(
        help: ArgumentHelp(
            "With --web: serve the page here (default: 127.0.0.1:0).",
            valueName: "address:port"
        ),
        transform: { text in
            guard let address = ListenAddress(text) else {
                throw ValidationError("this is no address and port such as 127.0.0.1:8080 or [::1]:0")
            }
            return address
        }
    )
    private var listen: ListenAddress?

    @OptionGroup(title: .endTitle) var limits: LimitOptions

    func validate() throws {
        if tour, web { throw ValidationError("--tour and --web exclude each other") }
        if tour, limits.count != nil { throw ValidationError("-C counts lines, and --tour has its own; --for ends it") }
        if listen != nil, !web { throw ValidationError("--listen needs --web") }
        if web, limits.count != nil { throw ValidationError("-C counts lines, and --web prints none; --for ends it") }
    }

    func run(_ arguments: ArrangedArguments) async -> ExitStatus {
        if tour { return await Tour.run(limits: limits.limits) }
        guard web else { return await Demonstration.run(limits: limits.limits) }
        var serve = ServeWeb()
        if let listen { serve.address = listen }
        return await serve.demonstrate(limits: limits.limits)
    }
}
