import ArgumentParser
import RwatchKit

/// When a watch ends by itself.
struct LimitOptions: ParsableArguments {
    @Option(name: .joined("C", "count"), help: ArgumentHelp("End after that many events.", valueName: "n"))
    var count: Int?

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("End that long after the watch stands: 10s, 500ms, 2m, 1h.", valueName: "time"),
        transform: parseDuration
    )
    var duration: Duration?

    var limits: WatchLimits { WatchLimits(count: count, duration: self.duration) }

    func validate() throws {
        if let count, count < 1 { throw ValidationError("-C needs a number from 1 up") }
    }
}
