import RedisPOSIX
import RedisReactor

extension OutputPump {
    /// The writer thread, from beginning to end.
    func runWriter() {
        let writer = makeWriter()
        var batch: [State.Chunk] = []
        var failure = writer.begin()
        while failure == nil {
            let (isOver, mustReopen) = state.withLock { state in
                // The queue's array is swapped with the empty array of the last batch, so neither is ever reallocated.
                swap(&state.queue, &batch)
                let mustReopen = exchange(&state.mustReopen, with: false)
                state.writerSleeps = batch.isEmpty && !state.isFinishing && !mustReopen
                return (state.failure != nil || (batch.isEmpty && state.isFinishing), mustReopen)
            }
            if isOver { break }
            if !batch.isEmpty {
                failure = write(&batch, to: writer)
            } else if !mustReopen {
                failure = sleep(beside: writer)
            }
            // What was queued before belongs to the old file.
            if failure == nil, mustReopen { failure = writer.reopen() }
        }
        let failureAtEnd = writer.finish()
        end(with: failure ?? failureAtEnd)
    }

    private func makeWriter() -> any OutputWriter {
        switch destination {
        case .descriptor(let descriptor): DescriptorWriter(descriptor) { self.failure != nil }
        case .recording(let settings, let say): RecordingWriter(settings, say: say)
        case .jobs(let pool): JobWriter(pool)
        }
    }

    /// Waits for work. Returns a failure when the reader hangs up meanwhile.
    private func sleep(beside writer: any OutputWriter) -> OutputFailure? {
        switch work.wait(watching: writer.watchedDescriptor, until: writer.deadline) {
        case .token: nil
        case .timeout: writer.deadlinePassed()
        case .event(let bits): bits & POLLNVAL != 0 ? .failed(EBADF) : .readerGone
        }
    }

    /// Writes and empties a batch.
    private func write(_ batch: inout [State.Chunk], to writer: any OutputWriter) -> OutputFailure? {
        for index in batch.indices {
            if let failure = writer.write(batch[index].bytes) { return failure }
            batch[index].whenWritten?()
            var bytes: [UInt8] = []
            swap(&bytes, &batch[index].bytes)
            let (waiters, isAbandoned, over) = state.withLock { state in
                var spent: [UInt8] = []
                swap(&spent, &bytes)
                let waiters = state.complete(spent, events: batch[index].events)
                return (waiters, state.failure != nil, state.endLoss(limit: limit, losses.record))
            }
            progress.signal(waiters)
            if let over { losses.ended(over) }
            if isAbandoned { return nil }
        }
        batch.removeAll(keepingCapacity: true)
        return nil
    }

    private func end(with failure: OutputFailure?) {
        let (reported, waiters) = state.withLock { state in
            // `finish` has already reported a deadline that passed.
            let reported = state.failure == nil ? failure : nil
            if let reported { state.failure = reported }
            state.queue = []
            state.statistics.queuedBytes = 0
            state.hasEnded = true
            return (reported, state.takeWaiters())
        }
        if let reported { onFailure(reported) }
        progress.signal(waiters)
    }
}
