import ArgumentParser
import RwatchKit

struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Start a private server, make traffic, and watch it: commands and messages side by side.",
        discussion: "The subscription's link is cut once on the way, so that a gap can be seen.",
        helpNames: .long
    )

    @OptionGroup var limits: LimitOptions

    func run() async throws {
        await Demonstration.run(limits: limits.limits).exit()
    }
}
