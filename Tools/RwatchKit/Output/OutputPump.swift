import RedisPOSIX
package import RedisReactor

/// A bounded queue between the thread that formats and one thread that writes, so that a slow reader never stops the
/// event loop. Chunks are written in the order they were submitted.
///
/// The writer thread keeps the pump alive until ``finish(deadline:)``, which must be called for every pump.
package final class OutputPump: Sendable {
    /// Where a pump writes to.
    package enum Destination: Sendable {
        /// An open descriptor. It belongs to the caller: it is not closed and its flags are not changed.
        case descriptor(Int32)
        /// The parts of a recording. `say` reports what happens to them, without waiting.
        case recording(RecordingSettings, say: @Sendable (String) -> Void)
        /// The input of commands.
        case jobs(JobPool)
    }

    let destination: Destination
    let policy: OutputPolicy
    let limit: Int
    let onFailure: @Sendable (OutputFailure) -> Void
    let losses: OutputLossReport
    let state = Locked(State())
    /// Wakes the writer.
    let work: WakePipe
    /// Wakes the callers that wait for the writer.
    let progress: WakePipe
    private let thread = Locked<PlainThread?>(nil)

    /// Starts the writer. `onFailure` is called at most once, on the writer's thread, when writing has ended; it must
    /// not wait for the pump. `policy` `nil` means ``policy(for:)``. `losses` reports chunks that are refused because
    /// the queue is full.
    package init(
        to destination: Destination = .descriptor(1),
        limit: Int = 32 << 20,
        policy: OutputPolicy? = nil,
        losses: OutputLossReport = OutputLossReport(),
        onFailure: @escaping @Sendable (OutputFailure) -> Void = { _ in }
    ) throws(RedisSystemError) {
        self.destination = destination
        self.policy = policy ?? Self.policy(for: destination)
        self.limit = limit
        self.onFailure = onFailure
        self.losses = losses
        work = try WakePipe()
        progress = try WakePipe()
        let started = try PlainThread.start(name: "rwatch-output") { self.runWriter() }
        thread.withLock { $0 = started }
    }

    /// ``OutputPolicy/wait`` for regular files, ``OutputPolicy/drop`` for everything else.
    package static func policy(for destination: Destination) -> OutputPolicy {
        switch destination {
        case .descriptor(let descriptor): RawOutput.fileType(of: descriptor) == S_IFREG ? .wait : .drop
        case .recording: .wait
        case .jobs: .drop
        }
    }

    /// Begins a new file behind what is queued, if the output is a recording.
    package func reopen() {
        let wake = state.withLock { state in
            state.mustReopen = true
            return exchange(&state.writerSleeps, with: false)
        }
        if wake { work.signal() }
    }

    /// Turns a missing reader into an ordinary error of write(2), for the whole process. Must be called at the start.
    package static func ignoreBrokenPipeSignal() { _ = brokenPipeWasIgnored }

    /// Whether the signal was ignored before.
    static let brokenPipeWasIgnored = {
        defer { RawOutput.ignoreBrokenPipeSignal() }
        return ThisProcess.ignores(SIGPIPE)
    }()

    /// The counters now.
    package var statistics: OutputStatistics { state.withLock { $0.statistics } }

    /// Why writing has ended; `nil` while it has not.
    package var failure: OutputFailure? { state.withLock { $0.failure } }

    /// Whether `finish` was called.
    package var isFinishing: Bool { state.withLock { $0.isFinishing } }

    /// The loss that was not reported yet: while chunks are being refused, and after the end.
    package var loss: OutputLoss? { state.withLock { $0.loss } }

    /// Queues a chunk. With the policy `.wait` it waits for room, so the caller should be the only one to submit.
    ///
    /// A full queue begins a loss: until half of the queue is written, every chunk is refused and counted.
    ///
    /// - Parameters:
    ///   - chunk: The bytes to write.
    ///   - events: The number of events in it.
    ///   - records: The parts of the chunk that must not be lost. They are written after the record of the loss.
    ///   - from: When the first of the events came, in microseconds since the epoch.
    ///   - whenWritten: Called on the writer's thread when the chunk is written, behind all chunks before it. A chunk
    ///     without bytes is taken for it.
    /// - Returns: Whether it was taken. It is not when the queue is full (policy `.drop`), writing has failed, or the
    ///   pump was finished.
    package func submit(
        chunk: consuming [UInt8],
        events: Int,
        records: [UInt8] = [],
        from: Int64 = 0,
        whenWritten: (@Sendable () -> Void)? = nil
    ) -> Bool {
        // Events without a single byte are queued as well, so that they count.
        guard !chunk.isEmpty || events > 0 || whenWritten != nil else { return failure == nil }
        let count = chunk.count
        while true {
            // The chunk is moved in only if it is accepted.
            var parcel: [UInt8] = []
            swap(&parcel, &chunk)
            let admission = state.withLock { state in
                if state.failure != nil || state.isFinishing { return Admission.refused }
                if state.loss == nil, state.hasRoom(for: count, limit: limit) {
                    var taken: [UInt8] = []
                    swap(&taken, &parcel)
                    return .taken(wake: state.enqueue(taken, events: events, whenWritten: whenWritten))
                }
                if policy == .drop {
                    var refused: [UInt8] = []
                    swap(&refused, &parcel)
                    return state.refuse(refused, events: events, records: records, from: from) ? .lossBegan : .refused
                }
                state.waiters += 1
                return .mustWait
            }
            switch admission {
            case .taken(let wake):
                if wake { work.signal() }
                return true
            case .refused:
                return false
            case .lossBegan:
                losses.began()
                return false
            case .mustWait:
                swap(&parcel, &chunk)
                _ = progress.wait()
            }
        }
    }

    /// Counts events that were left out before they came here, because the events of a refused chunk already seemed to
    /// be enough.
    package func addToLoss(events: Int) { state.withLock { $0.loss?.events += events } }

    /// An empty chunk, in the memory of a written one if there is one.
    package func takeEmptyChunk() -> [UInt8] {
        state.withLock { $0.spent.popLast() } ?? []
    }

    /// Refuses further chunks, writes the record of an open loss (``loss`` still has it), waits until the queued chunks
    /// are written, and stops the writer. Returns `nil` when everything was written. When the deadline passes first,
    /// returns ``OutputFailure/unfinished(bytes:)``: the rest is discarded, and if the thread is in a write(2) that
    /// nobody reads from, it ends as soon as that returns. May be called again, but not from `onFailure`.
    package func finish(deadline: Duration? = nil) -> OutputFailure? {
        let end = deadline.map { ContinuousClock.now + $0 }
        while true {
            if case .unfinished = failure { return failure }
            let (hasEnded, wake) = state.withLock { state in
                if !state.isFinishing, let loss = state.loss { state.enqueue(loss, losses.record) }
                state.isFinishing = true
                let wake = state.writerSleeps
                state.writerSleeps = false
                if !state.hasEnded { state.waiters += 1 }
                return (state.hasEnded, wake)
            }
            if wake { work.signal() }
            if hasEnded { break }
            if progress.wait(until: end) { continue }
            return abandon()
        }
        _ = thread.withLock { exchange(&$0, with: nil) }?.join()
        return failure
    }

    /// Discards the queue, because the deadline has passed.
    private func abandon() -> OutputFailure? {
        let (isCounted, failure, waiters) = state.withLock { state in
            // The registration can either be withdrawn, or its token is on the way.
            let isCounted = state.waiters > 0
            if isCounted { state.waiters -= 1 }
            if state.failure == nil { state.failure = .unfinished(bytes: state.statistics.queuedBytes) }
            return (isCounted, state.failure, state.takeWaiters())
        }
        progress.signal(waiters)
        if !isCounted { _ = progress.wait() }
        thread.withLock { $0 = nil }
        return failure
    }

    private enum Admission {
        case taken(wake: Bool)
        case refused
        case lossBegan
        case mustWait
    }
}
