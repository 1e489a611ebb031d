/// Makes one stream of the events of several servers, on the loop, in the order that `MergeMachine` says.
actor StreamMerger<Control: MailboxControl> {
    private let loop: RedisEventLoop
    private let sink: any SegmentSink<Control>
    private let window: Duration
    private var machine: MergeMachine<Control>
    private var output = Segment<Control>()
    private var timer: TimerSource?
    /// When the timer fires, if it runs.
    private var timerDue: ContinuousClock.Instant?
    /// Before all have consented the stream has not begun.
    private var isOpen = false
    private var hasEnded = false
    /// What ends the stream as soon as all links have told what they missed.
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

    /// `body` closes all links, and calls `end` then, when an error has ended one.
    func onFailure(_ body: @escaping @Sendable () -> Void) { onFailure = body }

    /// The stream begins: what came so far was before its time, news of links excepted.
    func open() {
        isOpen = true
        release(isDrained: true)
    }

    /// The stream did not come about.
    func reset() {
        isOpen = false
        machine = MergeMachine(window: window)
    }

    func linkChanged(of input: Int, isUp: Bool) {
        machine.linkChanged(of: input, isUp: isUp)
        // Nobody waits for it now.
        if !isUp { release(isDrained: true) }
    }

    func take(_ segment: inout Segment<Control>, from input: Int, isDrained: Bool) {
        if !isOpen { segment = segment.withoutEvents }
        machine.add(&segment, from: input, at: .now)
        release(isDrained: isDrained)
    }

    /// With an error it is the end of all: none of the servers may be left out in silence.
    func inputEnded(_ input: Int, _ error: RedisError?) {
        machine.inputEnded(input)
        release(isDrained: true)
        guard let error, !hasEnded, ending == nil else { return }
        ending = error
        if let close = onFailure.take() { close() } else { end(error) }
    }

    /// Nothing will come any more.
    func end(_ error: RedisError?) {
        guard !hasEnded else { return }
        releaseAll()
        hasEnded = true
        timer = nil
        sink.ended(ending ?? error)
    }

    /// The server of an input does not take its subscriptions now.
    func isRefused(for now: RedisError) { sink.isRefused(for: now) }

    /// Why no more can be taken, when that is so.
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

    /// What is held only gets younger, so that a timer that runs is early enough.
    private func lookAgain(at due: ContinuousClock.Instant) {
        if let timerDue, timerDue <= due { return }
        timerDue = due
        do throws(RedisSystemError) {
            if timer == nil { timer = try TimerSource(on: loop) { self.assumeIsolated { $0.timerFired() } } }
            timer?.schedule(after: max(.zero, ContinuousClock.now.duration(to: due)))
        } catch {
            // Without memory for a timer nothing is held.
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
    /// Only what is never dropped: news of links.
    fileprivate var withoutEvents: Segment {
        var rest = Segment()
        for control in controls where !control.mayBeDropped { rest.append(control) }
        return rest
    }
}
