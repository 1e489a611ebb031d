import ArgumentParser
import RwatchKit

/// The notices of a watch on standard error.
struct NoticeOptions: ParsableArguments {
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Report only losses, gaps and errors.")
    var isQuiet = false

    static let rules = [OptionRule("-q", "--quiet")]
}
