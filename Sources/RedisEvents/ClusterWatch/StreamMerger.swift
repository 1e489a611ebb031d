/// Merges the events of several servers into one stream, on the loop, in the order that `MergeMachine` decides.
actor StreamMerger<Control: MailboxControl> {
    private let loop: RedisEventLoop
    private let sink: any SegmentSink<Control>
    private let window: Duration
    private var machine: MergeMachine<Control>
    private var output = Segment<Control>()
    private var timer: TimerSource?
    /// When the timer fires, if it is running.
    private var timerDue: ContinuousClock.Instant?
    /// Whether the stream has begun. It begins when all servers have accepted.
    private var isOpen = false
    private var hasEnded = false
    /// The error that ends the stream as soon as all links have reported what they missed.
    private var ending: RedisError?
    /// Called when an error has ended the stream.
    private var onFailure: (@Sendable () -> Void)?

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

    init(window: Duration, loop: RedisEventLoop, sink: sending any SegmentSink<Control>) {
        self.window = window
        self.loop = loop
        self.sink = sink
        machine = MergeMachine(window: window)
    }

    /// Sets the closure that is called when an error has ended one link. It closes all links, and then calls `end`.
    func onFailure(_ body: @escaping @Sendable () -> Void) { onFailure = body }

    /// Begins the stream. Events that came before are discarded, except for link events.
    func open() {
        isOpen = true
        release(isDrained: true)
    }

    /// Resets the merger after a start that failed.
    func reset() {
        isOpen = false
        machine = MergeMachine(window: window)
    }

    func linkChanged(of input: Int, isUp: Bool) {
        machine.linkChanged(of: input, isUp: isUp)
        // Nothing waits for this link any more.
        if !isUp { release(isDrained: true) }
    }

    func take(_ segment: inout Segment<Control>, from input: Int, isDrained: Bool) {
        if !isOpen { segment = segment.withoutEvents }
        machine.add(&segment, from: input, at: .now)
        release(isDrained: isDrained)
    }

    /// Notes that an input has ended. An error ends the whole stream, because no server may be missing without notice.
    func inputEnded(_ input: Int, _ error: RedisError?) {
        machine.inputEnded(input)
        release(isDrained: true)
        guard let error, !hasEnded, ending == nil else { return }
        ending = error
        if let close = onFailure.take() { close() } else { end(error) }
    }

    /// Ends the stream.
    func end(_ error: RedisError?) {
        guard !hasEnded else { return }
        releaseAll()
        hasEnded = true
        timer = nil
        sink.ended(ending ?? error)
    }

    /// Tells the sink that a turn has ended, though nothing came.
    func endTurn() { if !hasEnded { sink.turnEnded(isDrained: true) } }

    /// Notes that the server of an input refuses its subscriptions for now.
    func refusedForNow(_ error: RedisError) { sink.refusedForNow(error) }

    /// Why the stream accepts no more events; `nil` while it does.
    var failure: RedisError? { sink.failure }

    private func release(isDrained: Bool) {
        guard isOpen, !hasEnded else { return }
        let due = machine.release(at: .now, into: &output)
        if !output.isEmpty { sink.take(&output) }
        sink.turnEnded(isDrained: isDrained)
        if let due { lookAgain(at: due) }
    }

    private func releaseAll() {
        machine.releaseAll(into: &output)
        sink.take(&output)
        sink.turnEnded(isDrained: true)
    }

    /// Sets the timer. A timer that is already running fires early enough, because held events only get younger.
    private func lookAgain(at due: ContinuousClock.Instant) {
        if let timerDue, timerDue <= due { return }
        timerDue = due
        do throws(RedisSystemError) {
            if timer == nil { timer = try TimerSource(on: loop) { self.assumeIsolated { $0.timerFired() } } }
            timer?.schedule(after: max(.zero, ContinuousClock.now.duration(to: due)))
        } catch {
            // There was no memory for a timer, so nothing is held.
            timerDue = nil
            releaseAll()
        }
    }

    private func timerFired() {
        timerDue = nil
        release(isDrained: true)
    }
}

extension Segment {
    /// Only the records that are never dropped: link events.
    fileprivate var withoutEvents: Segment {
        var rest = Segment()
        for control in controls where !control.mayBeDropped { rest.append(control) }
        return rest
    }
}
