import ArgumentParser
import RwatchKit

/// When a watch of a server ends by itself.
struct EndOptions: ParsableArguments {
    @OptionGroup var limits: LimitOptions

    @Option(
        help: ArgumentHelp("End when no event was printed for this time.", valueName: "time"),
        transform: parseDuration
    )
    var idle: Duration?

    @Option(
        help: ArgumentHelp("End with the first printed event whose line matches this.", valueName: "regex")
    )
    private var until: String?

    /// What the last event fulfils.
    func lastEvent() throws -> RegularExpression? {
        guard let until else { return nil }
        do throws(ExpressionError) { return try RegularExpression(until) } catch {
            throw SelectionError(option: "--until", mistake: error)
        }
    }

    var watchLimits: WatchLimits {
        var limits = limits.limits
        limits.idle = idle == .zero ? nil : idle
        limits.hasLastEvent = until != nil
        return limits
    }

    static let rules = LimitOptions.rules + [OptionRule("--idle", value: .text), OptionRule("--until", value: .text)]
}
