import ArgumentParser
import RwatchKit

/// When a watch ends by itself.
struct LimitOptions: ParsableArguments {
    @Option(name: .joined("C", "count"), help: ArgumentHelp("End after this many events.", valueName: "n"))
    var count: Int?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp(
            """
            End after this time, counted from when the watch is established; give up when that takes longer (2s at least): \
            10s, 500ms, 1m30s, 1d; 0 never ends.
            """,
            valueName: "time"
        ),
        transform: parseDuration
    )
    var duration: Duration?

    // Zero turns a time limit off, here as everywhere.
    var limits: WatchLimits { WatchLimits(count: count, duration: self.duration == .zero ? nil : self.duration) }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("-C needs a number from 1 up") }
    }

    static let rules = [OptionRule("-C", "--count", value: .text), OptionRule("--for", value: .text)]
}
