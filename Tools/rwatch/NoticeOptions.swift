import ArgumentParser
import RwatchKit

/// What a watch says on standard error.
struct NoticeOptions: ParsableArguments {
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Report only losses, gaps and errors.")
    var isQuiet = false

    static let rules = [OptionRule("-q", "--quiet")]
}
