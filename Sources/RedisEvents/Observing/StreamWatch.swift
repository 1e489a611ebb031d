internal import Synchronization

/// Tells an observer what reaches a mailbox. The loop counts with each read, never with each message; sums are told at
/// intervals, and the end, gaps, drops and link events at once.
final class StreamWatch: Sendable {
    private struct Told: Sendable {
        var events = 0
        var bytes = 0
        var droppedEvents = 0
        var droppedBytes = 0
        var queuedEvents = 0
        var queuedBytes = 0
    }

    private let observer: any RedisEventsObserver
    private let stream: RedisEventsReport.Stream
    /// Whether the link counts what came, because not all of it goes to the mailbox.
    let isCountedByLink: Bool
    private let events = Atomic(0)
    private let bytes = Atomic(0)
    private let told = Locked(Told())

    init(_ observer: any RedisEventsObserver, _ stream: RedisEventsReport.Stream) {
        self.observer = observer
        self.stream = stream
        isCountedByLink = stream == .pubsub
    }

    var interval: Duration { observer.reportInterval }

    /// Counts what came in one read.
    func received(_ count: Int, bytes size: Int) {
        events.add(count, ordering: .relaxed)
        bytes.add(size, ordering: .relaxed)
    }

    /// Counts the events of a read and tells the gaps and link events among them.
    func committing<Control: MailboxControl>(_ segment: Segment<Control>) {
        if !isCountedByLink {
            // Confirmations, gaps and events of the link are control events, and nothing that came.
            received(segment.count - segment.controls.count, bytes: segment.cost)
        }
        for control in segment.controls {
            switch control.observed {
            case nil: break
            case .gap(let cause, let duration): observer.gapFound(because: cause, for: duration, in: stream)
            case .link(let event): observer.linkChanged(event, of: stream)
            }
        }
    }

    /// Tells the drops that were not told yet.
    func dropped(_ statistics: RedisDeliveryStatistics) {
        let (events, bytes) = told.withLock { told in
            defer {
                told.droppedEvents = max(told.droppedEvents, statistics.droppedEvents)
                told.droppedBytes = max(told.droppedBytes, statistics.droppedBytes)
            }
            return (
                statistics.droppedEvents - told.droppedEvents, max(statistics.droppedBytes - told.droppedBytes, 0)
            )
        }
        if events > 0 { observer.eventsDropped(events, bytes: bytes, by: stream) }
    }

    /// Tells what came since the last report and what waits, if that is something new.
    func report(_ statistics: RedisDeliveryStatistics) {
        dropped(statistics)
        let report = told.withLock { told -> RedisEventsReport? in
            let now = (events.load(ordering: .relaxed), bytes.load(ordering: .relaxed))
            let report = RedisEventsReport(
                receivedEvents: now.0 - told.events,
                receivedBytes: now.1 - told.bytes,
                queuedEvents: statistics.queuedEvents,
                queuedBytes: statistics.queuedBytes
            )
            let isNew =
                report.receivedEvents > 0 || report.queuedEvents != told.queuedEvents
                || report.queuedBytes != told.queuedBytes
            (told.events, told.bytes) = now
            (told.queuedEvents, told.queuedBytes) = (report.queuedEvents, report.queuedBytes)
            return isNew ? report : nil
        }
        if let report { observer.reported(report, of: stream) }
    }

    /// Tells that a message which the object has published came back.
    func probeArrived(after time: Duration) { observer.probeArrived(after: time, in: stream) }
}

extension RedisConfiguration {
    /// The watch of a stream, if there is an observer.
    func watch(_ stream: RedisEventsReport.Stream) -> StreamWatch? { eventsObserver.map { StreamWatch($0, stream) } }
}

extension Mailbox {
    /// Begins the reports, if there is an observer. They end with the mailbox.
    func beginReports(on loop: RedisEventLoop) {
        guard let watch else { return }
        _ = ScheduledCall(after: watch.interval, on: loop) { [weak self] in
            guard let self else { return }
            watch.report(statistics)
            if !hasEnded { beginReports(on: loop) }
        }
    }

    /// Whether nothing more comes and nothing waits.
    private var hasEnded: Bool { isFinished && isEmpty }
}
