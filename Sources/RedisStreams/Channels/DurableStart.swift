/// Where a subscription to a durable channel begins.
public enum DurableStart: Sendable, Hashable {
    /// With what is published once the subscription has started.
    case now
    /// Behind this message.
    case after(DurablePosition)
    /// With the first message that is not older than this, by the server's clock.
    case time(RedisTimestamp)
    /// With the first message that there ever was. If it was trimmed, there is a gap first.
    case beginning

    /// Behind the message whose entry has this id.
    public static func after(_ id: RedisStreamID) -> DurableStart { .after(DurablePosition(id: id)) }

    var machine: ContinuityMachine {
        switch self {
        case .now: ContinuityMachine(from: nil)
        case .after(let position): ContinuityMachine(from: position)
        case .time(let time): ContinuityMachine(fromMilliseconds: UInt64(max(time.microseconds, 0) / 1000))
        case .beginning: ContinuityMachine(from: .beginning)
        }
    }
}
