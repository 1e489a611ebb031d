/// When a watch ends by itself.
package struct WatchLimits: Sendable {
    /// The number of events after which the watch ends.
    package var count: Int?
    /// The time after which the watch ends.
    package var duration: Duration?
    /// The time without any printed event after which the watch ends.
    package var idle: Duration?
    /// Whether the selection has an event that ends the watch.
    package var hasLastEvent: Bool

    /// Limits; `nil` means no limit.
    package init(count: Int? = nil, duration: Duration? = nil, idle: Duration? = nil, hasLastEvent: Bool = false) {
        self.count = count
        self.duration = duration
        self.idle = idle
        self.hasLastEvent = hasLastEvent
    }

    /// Whether the watch is meant to end by an event, so that a time that is over first means that it did not come.
    var hasGoal: Bool { count != nil || hasLastEvent }
}
