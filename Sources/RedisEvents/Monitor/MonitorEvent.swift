/// What comes out of a `Monitor`, in order.
public enum MonitorEvent: Sendable {
    /// A command that the server executed.
    case command(MonitoredCommand)
    /// A line: each one when the monitor was asked for lines, else one whose form is not known.
    case line(RedisBytes)
    /// Commands may have been missed here, because the link was down.
    case gap(Gap)
    /// Lines were dropped here, because the reader was too slow.
    case drop(Drop)
    /// The link was lost, is being opened again, or is back.
    case link(LinkEvent)
    /// Nobody looks after what the server keeps for this monitor, for the reason given: the guard's own link was refused,
    /// or may not ask (`+client|list`). Told once until it works again; the monitor goes on.
    case unguarded(RedisError)

    /// The command, if it is one.
    public var command: MonitoredCommand? {
        if case .command(let command) = self { return command }
        return nil
    }
}

extension MonitorEvent: MailboxControl {
    package static func dropped(_ drop: Drop) -> MonitorEvent { .drop(drop) }

    package var isDrop: Bool {
        if case .drop = self { return true }
        return false
    }

    package var mayBeDropped: Bool {
        switch self {
        case .gap, .drop, .link, .unguarded: false
        case .command, .line: true
        }
    }

    package mutating func absorb(_ later: MonitorEvent) -> Bool {
        switch (self, later) {
        case (.drop(let mine), .drop(let other)): self = .drop(mine + other)
        case (.gap(let mine), .gap(let other)): self = .gap(mine.extended(to: other))
        case (.link, .link), (.unguarded, .unguarded): self = later
        default: return false
        }
        return true
    }
}
