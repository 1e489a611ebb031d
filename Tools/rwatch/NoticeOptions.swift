import ArgumentParser
import RwatchKit

/// What a watch says on standard error.
struct NoticeOptions: ParsableArguments {
    @Flag(name: [.customShort("q"), .customLong("quiet")], help: "Say nothing of what goes as it should.")
    var isQuiet = false

    static let rules = [OptionRule("-q", "--quiet")]
}
