/// What one read of a `Monitor` came to.
public enum MonitorReadOutcome: Sendable {
    /// A command or another event.
    case event(Monitor.Event)
    /// Nothing came before the timeout.
    case nothing
    /// The monitor is closed and nothing is left.
    case closed
}

extension Monitor {
    /// Reads one event.
    ///
    /// - Parameter timeout: How long to wait; zero only looks, `nil` waits for ever. The first read starts the monitor,
    ///   which is not counted.
    /// - Throws: What `start` throws; `.cancelled`; or the error that ended the link for good.
    public func nextEvent(timeout: Duration? = nil) async throws(RedisError) -> MonitorReadOutcome {
        try await start()
        let deadline = timeout.map { ContinuousClock.now.advanced(by: $0) }
        var cursor: SharedCursor<Monitor.Event>?
        while true {
            // Before anything is taken: a flood does not outrun a cancellation.
            if Task.isCancelled { throw RedisError(.cancelled, "the task was cancelled") }
            if let outcome = try poll(&cursor) { return outcome }
            if let deadline, ContinuousClock.now >= deadline { return .nothing }
            await mailbox.wait(until: deadline, on: engine.loop)
        }
    }

    func readBlocking(until deadline: ContinuousClock.Instant?, mayWait: () -> Bool) throws(RedisError)
        -> MonitorReadOutcome
    {
        var cursor: SharedCursor<Monitor.Event>?
        while true {
            if let outcome = try poll(&cursor) { return outcome }
            guard mayWait() else { return .nothing }
            if let deadline, ContinuousClock.now >= deadline { return .nothing }
            mailbox.waitBlocking(until: deadline, mayWait: mayWait)
        }
    }

    @inline(__always)
    func poll(_ cursor: inout SharedCursor<Monitor.Event>?) throws(RedisError) -> MonitorReadOutcome? {
        switch mailbox.poll(&cursor) {
        case .item(.record(let record, let slab)): return .event(event(record, slab))
        case .item(.control(let event)): return .event(event)
        case .empty: return nil
        case .finished(nil): return .closed
        case .finished(let error?): throw error
        }
    }

    fileprivate func event(_ record: Record, _ slab: [UInt8]) -> Monitor.Event {
        Monitor.Event(record, slab, form)
    }

    /// The events as an asynchronous sequence. Several may run at a time; each event goes to one of them. Leaving the loop
    /// loses nothing.
    public var events: MonitorEvents { MonitorEvents(monitor: self) }
}

/// The events of a `Monitor` as an asynchronous sequence.
public struct MonitorEvents: AsyncSequence, Sendable {
    /// What comes out.
    public typealias Element = Monitor.Event
    /// What it throws is a `RedisError`. It is not declared so: swiftc 6.3 crashes on `catch let error as RedisError where …`
    /// behind a `for try await` loop that does.
    public typealias Failure = any Error

    let monitor: Monitor

    /// Reads for a `for await` loop.
    public struct Iterator: AsyncIteratorProtocol {
        /// So often at least a loop that never waits looks whether its task was cancelled.
        private static let patience = 32

        let monitor: Monitor
        private var cursor: SharedCursor<Monitor.Event>?
        private var sinceLook = 0
        private var hasStarted = false

        init(monitor: Monitor) { self.monitor = monitor }

        /// The next event; `nil` when the monitor is closed or the task is cancelled.
        public mutating func next() async throws -> Monitor.Event? {
            try await next(isolation: #isolation)
        }

        /// The next event; `nil` when the monitor is closed or the task is cancelled.
        @inlinable
        public mutating func next(isolation actor: isolated (any Actor)?) async throws -> Monitor.Event? {
            // What is there already is returned without entering another asynchronous function.
            if let event = lineAtHand() { return event }
            return try await nextEvent(isolation: actor)
        }

        @usableFromInline
        mutating func lineAtHand() -> Monitor.Event? {
            sinceLook += 1
            guard sinceLook < Self.patience, let (record, isLast) = cursor?.claimMessage(for: 0),
                let event = cursor.map({ monitor.event(record, $0.segment.slab) })
            else { return nil }
            if isLast, let cursor = cursor.take() { monitor.mailbox.recycle(cursor) }
            return event
        }

        @usableFromInline
        mutating func nextEvent(isolation actor: isolated (any Actor)?) async throws -> Monitor.Event? {
            if !hasStarted {
                do throws(RedisError) { try await monitor.start() } catch {
                    if error.code == .cancelled { return nil }
                    throw error
                }
                hasStarted = true
            }
            while !Task.isCancelled {
                sinceLook = 0
                switch try monitor.poll(&cursor) {
                case .event(let event)?: return event
                case .closed?: return nil
                case .nothing?, nil: await monitor.mailbox.wait(until: nil, on: monitor.engine.loop)
                }
            }
            return nil
        }
    }

    /// Starts to read.
    public func makeAsyncIterator() -> Iterator { Iterator(monitor: self.monitor) }
}
