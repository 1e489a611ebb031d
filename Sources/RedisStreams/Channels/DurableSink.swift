internal import RedisCore
internal import RedisEvents
internal import RedisPOSIX
internal import RedisReactor

/// Collects what a link of a durable subscription brings, and hands it over after each read. It belongs to the loop.
final class DurableSink: PubSubSink {
    private let reference: WeakReader
    private var segment = Segment<PubSubControl>()

    init(_ reference: WeakReader) { self.reference = reference }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) { segment.append(view, handler: 0) }

    func lend() -> Segment<PubSubControl>? { exchange(&segment, with: Segment()) }

    func takeBack(_ segment: Segment<PubSubControl>) { self.segment = segment }

    func event(_ event: PubSub.Event) { segment.append(.event(event)) }

    func release(_ handler: UInt32) {}

    func turnEnded(isDrained: Bool) {
        guard !segment.isEmpty else { return }
        var events = exchange(&segment, with: Segment())
        reference.reader?.assumeIsolated { $0.take(&events) }
        events.recycle()
        // The memory is used again.
        segment = events
    }

    func ended(_ error: RedisError?) {
        turnEnded(isDrained: true)
        reference.reader?.assumeIsolated { $0.linkEnded(error) }
    }
}

/// A reference to the reader that does not keep it alive: the mailbox and the link have it.
final class WeakReader: Sendable {
    private struct Reference {
        weak var reader: DurableReader?
    }

    private let reference = Locked(Reference())

    var reader: DurableReader? { reference.withLock { $0.reader } }

    func set(_ reader: DurableReader) { reference.withLock { $0.reader = reader } }
}
