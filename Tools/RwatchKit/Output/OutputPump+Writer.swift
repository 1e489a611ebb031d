import RedisPOSIX
import RedisReactor

extension OutputPump {
    /// The writer thread, from beginning to end.
    func runWriter() {
        let watched = watchedDescriptor()
        var batch: [State.Chunk] = []
        var failure: OutputFailure?
        while failure == nil {
            let isOver = state.withLock { state in
                // The queue's array is swapped with the empty array of the last batch, so neither is ever reallocated.
                swap(&state.queue, &batch)
                state.writerSleeps = batch.isEmpty && !state.isFinishing
                return state.failure != nil || (batch.isEmpty && state.isFinishing)
            }
            if isOver { break }
            if batch.isEmpty {
                failure = sleep(watching: watched)
            } else {
                failure = write(&batch)
            }
        }
        end(with: failure)
    }

    /// Waits for work. Returns a failure when the reader hangs up meanwhile.
    private func sleep(watching watched: Int32) -> OutputFailure? {
        let trouble = work.wait(watching: watched)
        if trouble == 0 { return nil }
        return trouble & POLLNVAL != 0 ? .failed(EBADF) : .readerGone
    }

    /// Writes and empties a batch.
    private func write(_ batch: inout [State.Chunk]) -> OutputFailure? {
        for index in batch.indices {
            if let failure = write(batch[index].bytes) { return failure }
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

    private func write(_ bytes: [UInt8]) -> OutputFailure? {
        var offset = 0
        while offset < bytes.count {
            let result = RawOutput.write(bytes, from: offset, to: descriptor)
            if result >= 0 {
                offset += result
                continue
            }
            switch Int32(-result) {
            case EINTR:
                continue
            case EAGAIN:
                // Another process that shares the terminal or the pipe has made it nonblocking.
                _ = RawOutput.poll((descriptor, POLLOUT), milliseconds: 1_000)
                if failure != nil { return nil }
            case EPIPE:
                return .readerGone
            case let number:
                return .failed(number)
            }
        }
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

    /// The output, if poll(2) can report that its reader has gone: pipes, sockets, terminals. Otherwise -1.
    private func watchedDescriptor() -> Int32 {
        switch RawOutput.fileType(of: descriptor) {
        case S_IFIFO, S_IFSOCK: descriptor
        case S_IFCHR: isatty(descriptor) == 1 ? descriptor : -1
        default: -1
        }
    }
}
