/// A period in which events may have been missed, mostly because the link was down; `cause` says why.
///
/// It comes in the stream after the last event before the loss and before the first event after it.
public struct RedisGap: Sendable, Hashable {
    /// A name that was subscribed when the link was lost.
    public struct Name: Sendable, Hashable {
        /// The family.
        public let kind: RedisSubscriptionKind
        /// The channel, pattern or shard channel.
        public let name: RedisBytes

        package init(kind: RedisSubscriptionKind, name: RedisBytes) {
            self.kind = kind
            self.name = name
        }
    }

    /// Why the link ended.
    public let cause: RedisDisconnect
    /// When the last bytes before the loss arrived: everything up to this moment was received. On a quiet link this may
    /// be long before the loss was noticed, because the server may have dropped a message in between. In a cluster, for
    /// names whose slot went to another shard: when the last message of the name came, or when the old shard was last
    /// known to have the slot, whichever was later.
    public let from: RedisTimestamp
    /// When everything was subscribed again. If the gap is not `isComplete`, when the first names were subscribed
    /// again, or when the stream ended.
    public let until: RedisTimestamp
    /// `from` on the monotonic clock.
    public let fromInstant: ContinuousClock.Instant
    /// `until` on the monotonic clock.
    public let untilInstant: ContinuousClock.Instant
    /// When the last message or command before the loss arrived; `nil` when there was none since the link was ready.
    public let lastEvent: RedisTimestamp?
    /// `lastEvent` on the monotonic clock.
    public let lastEventInstant: ContinuousClock.Instant?
    /// Whether everything was subscribed again at `until`. If not, a message had to be delivered before the last
    /// confirmation came, and a second gap with the same `from` follows after that confirmation; or the stream ended
    /// before.
    public let isComplete: Bool
    /// The names that were subscribed when the link was lost; empty for a monitor, which misses everything.
    public let names: [Name]
    /// At most this many calls of PUBLISH (and of SPUBLISH, when shard channels are subscribed) were executed by this
    /// server and not received here, on any channel; 0 means that no publish was missed.
    ///
    /// The number comes from the server's own counters (`cmdstat_publish` in INFO). `nil` means unknown: the server was
    /// restarted, is a replica or a node of a cluster, has reset its counters or refuses INFO; the gap is not complete;
    /// or it is the gap of a monitor. Keyspace events are not published by commands, and modules may publish without
    /// being counted.
    public let missedPublishes: Int?

    /// The length on the monotonic clock, whatever the wall clock did meanwhile.
    public var duration: Duration { fromInstant.duration(to: untilInstant) }

    package init(
        cause: RedisDisconnect,
        from: Moment,
        until: Moment,
        lastEvent: Moment? = nil,
        isComplete: Bool,
        names: [Name] = [],
        missedPublishes: Int? = nil
    ) {
        self.cause = cause
        self.from = from.wall
        self.until = until.wall
        fromInstant = from.monotonic
        untilInstant = until.monotonic
        self.lastEvent = lastEvent?.wall
        lastEventInstant = lastEvent?.monotonic
        self.isComplete = isComplete
        self.names = names
        self.missedPublishes = missedPublishes
    }

    private var lastEventMoment: Moment? {
        guard let lastEvent, let lastEventInstant else { return nil }
        return Moment(wall: lastEvent, monotonic: lastEventInstant)
    }

    /// A gap from the beginning of this one to the end of a later one.
    package func extended(to later: RedisGap) -> RedisGap {
        var missed: Int?
        if let mine = missedPublishes, let others = later.missedPublishes { missed = mine.addingSaturated(others) }
        return RedisGap(
            cause: cause,
            from: Moment(wall: from, monotonic: fromInstant),
            until: Moment(wall: later.until, monotonic: later.untilInstant),
            lastEvent: lastEventMoment,
            isComplete: later.isComplete,
            names: names == later.names ? names : Array(Set(names).union(later.names)),
            missedPublishes: missed
        )
    }

    /// The gap without a number of missed publishes, for events that are not published by commands.
    package func uncounted() -> RedisGap { prolonged(by: .zero, isComplete: isComplete) }

    /// The gap prolonged by this time, without a number of missed publishes.
    package func prolonged(by time: Duration, isComplete: Bool) -> RedisGap {
        RedisGap(
            cause: cause,
            from: Moment(wall: from, monotonic: fromInstant),
            until: Moment(
                wall: RedisTimestamp(microseconds: until.microseconds + Int64(time / .microseconds(1))),
                monotonic: untilInstant.advanced(by: time)
            ),
            lastEvent: lastEventMoment,
            isComplete: isComplete,
            names: names
        )
    }
}

extension RedisGap: CustomStringConvertible {
    /// The length, the cause, how much may have been missed, and some of the names: `gap of 0.09 s: the server closed
    /// the connection: probably CLIENT KILL; the server itself ran on; at most 2 publishes were missed; channel
    /// orders`.
    public var description: String {
        var parts = ["gap of \(duration.inSeconds)\(isComplete ? "" : " so far"): \(cause)"]
        switch missedPublishes {
        case nil: break
        case 0?: parts.append("no publish was missed")
        case 1?: parts.append("at most 1 publish was missed")
        case let count?: parts.append("at most \(count) publishes were missed")
        }
        if !names.isEmpty { parts.append(names.someInWords { $0.description }) }
        return parts.joined(separator: "; ")
    }
}

extension RedisGap.Name: CustomStringConvertible {
    /// The family and the name: `pattern cache.*`.
    public var description: String { kind.words(name) }
}

extension RedisSubscriptionKind {
    /// For people: `shard channel`.
    package var words: String {
        switch self {
        case .channel: "channel"
        case .pattern: "pattern"
        case .shardChannel: "shard channel"
        }
    }

    /// For people: `shard channel orders`.
    package func words(_ name: RedisBytes) -> String { "\(words) \(name.shown())" }
}

extension Collection {
    /// The first few, and how many more there are.
    package func someInWords(_ words: (Element) -> String) -> String {
        let shown = prefix(5).map(words).joined(separator: ", ")
        return count > 5 ? "\(shown) and \(count - 5) more" : shown
    }
}
