import ArgumentParser
import RwatchKit

struct DemoCommand: RwatchCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Start a private server with some traffic, and watch its commands and messages side by side.",
        usage: "rwatch demo [options]",
        discussion: "The subscription's link is cut once, to show what a gap looks like.",
        helpNames: .long
    )

    static let rule = CommandRule("demo", options: LimitOptions.rules, operands: 0...0)

    @OptionGroup(title: .endTitle) var limits: LimitOptions

    func run(_ arguments: ArrangedArguments) async -> ExitStatus { await Demonstration.run(limits: limits.limits) }
}
