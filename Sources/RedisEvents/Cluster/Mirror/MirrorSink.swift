/// Where one of the two links puts what it brings.
final class MirrorSink: PubSubSink {
    private let front: MirrorFront
    private let side: MirrorSide

    init(_ front: MirrorFront, _ side: MirrorSide) {
        self.front = front
        self.side = side
    }

    func message(_ view: borrowing PubSub.MessageView, handler: UInt32) { front.received(view, side) }
    func event(_ event: PubSub.Event) { front.received(event, side) }
    var roomForPushes: Int { front.context.sink.roomForPushes }
    func isRefused(for now: RedisError) { front.context.sink.isRefused(for: now) }
    func release(_ handler: UInt32) {}
    func readBegan(at now: ContinuousClock.Instant) { front.readBegan(at: now, side) }
    func turnEnded(isDrained: Bool) { front.turnEnded(isDrained: isDrained) }
    func ended(_ error: RedisError?) {}
    var pressure: MailboxPressure { front.context.sink.pressure }
    var failure: RedisError? { front.context.sink.failure }
    func readingPaused(_ isPaused: Bool) { front.readingPaused(isPaused, side) }
}
