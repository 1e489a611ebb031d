/// Learns of what reaches a `PubSub`, a `Monitor`, a `KeyspaceEvents` or an `Invalidations`, for metrics.
///
/// It is set as `RedisConfiguration.eventsObserver`. It is never called for a single message: the numbers of messages
/// come as sums, at intervals and at the end. An observer is called on the event loop or by a reader: it must be quick,
/// must not block and must not call the object. Each function has a default that does nothing.
public protocol RedisEventsObserver: Sendable {
    /// How often `report` is called. The default is 5 s. Read when an object is created.
    var reportInterval: Duration { get }

    /// Called at intervals, and when the object has ended, if there is something new.
    ///
    /// - Parameters:
    ///   - report: What came since the last report, and what waits.
    ///   - stream: The kind of object.
    func reported(_ report: RedisEventsReport, of stream: RedisEventsReport.Stream)

    /// Called at once when messages may have been missed. In a cluster each shard may report its own.
    ///
    /// - Parameters:
    ///   - cause: Why.
    ///   - duration: For how long; `nil` for `Invalidations`, which has no gaps but flushes.
    ///   - stream: The kind of object.
    func gapFound(because cause: RedisDisconnect, for duration: Duration?, in stream: RedisEventsReport.Stream)

    /// Called at once when the overflow policy has dropped events, and with the next report for other drops.
    ///
    /// - Parameters:
    ///   - events: How many.
    ///   - bytes: Their bytes, as in `RedisDeliveryStatistics.droppedBytes`.
    ///   - stream: The kind of object.
    func eventsDropped(_ events: Int, bytes: Int, by stream: RedisEventsReport.Stream)

    /// Called at once when a link was lost, is being opened again or is back.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - stream: The kind of object.
    func linkChanged(_ event: RedisLinkEvent, of stream: RedisEventsReport.Stream)

    /// Called when a message that this object has published came back (`RedisConfiguration.deliveryProbe`). This is the
    /// only message whose time of publication is known.
    ///
    /// - Parameters:
    ///   - time: From the publication, with the connect that it needs, to the arrival.
    ///   - stream: The kind of object.
    func probeArrived(after time: Duration, in stream: RedisEventsReport.Stream)
}

extension RedisEventsObserver {
    /// 5 s.
    public var reportInterval: Duration { .seconds(5) }

    /// Does nothing.
    public func reported(_ report: RedisEventsReport, of stream: RedisEventsReport.Stream) {}

    /// Does nothing.
    public func gapFound(because cause: RedisDisconnect, for duration: Duration?, in stream: RedisEventsReport.Stream) {
    }

    /// Does nothing.
    public func eventsDropped(_ events: Int, bytes: Int, by stream: RedisEventsReport.Stream) {}

    /// Does nothing.
    public func linkChanged(_ event: RedisLinkEvent, of stream: RedisEventsReport.Stream) {}

    /// Does nothing.
    public func probeArrived(after time: Duration, in stream: RedisEventsReport.Stream) {}
}

/// What reached a stream of events since the last report, and what waits now.
public struct RedisEventsReport: Sendable, Hashable {
    /// The kinds of streams.
    public enum Stream: String, Sendable, Hashable, CaseIterable {
        /// A `PubSub`. Its messages are those that came over its links, for its readers, its handlers and its dedicated
        /// subscriptions, without the server's own notifications about keys.
        case pubsub
        /// A `PubSub.Subscription`. Its messages are those that came into its buffer.
        case subscription
        /// A `Monitor`. Commands that an inline closure takes are not counted.
        case monitor
        /// A `KeyspaceEvents`.
        case keyspace
        /// An `Invalidations`. An event may name several keys.
        case invalidations
    }

    /// Messages, or events of another kind, since the last report.
    public var receivedEvents: Int
    /// Their bytes: of whole frames for a `PubSub`, otherwise what they take in the buffer.
    public var receivedBytes: Int
    /// Events that wait for readers now.
    public var queuedEvents: Int
    /// The bytes that wait for readers now.
    public var queuedBytes: Int

    package init(receivedEvents: Int, receivedBytes: Int, queuedEvents: Int, queuedBytes: Int) {
        self.receivedEvents = receivedEvents
        self.receivedBytes = receivedBytes
        self.queuedEvents = queuedEvents
        self.queuedBytes = queuedBytes
    }
}
