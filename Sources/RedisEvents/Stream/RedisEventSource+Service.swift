#if ServiceLifecycle
    public import ServiceLifecycle

    extension PubSub: Service {
        /// Calls handlers until the graceful shutdown, then lets them take what is queued, for at most five seconds,
        /// and closes. It ends as well, and closes, when the task is cancelled or the object is closed.
        ///
        /// - Throws: What `run(onEvent:onError:)` throws.
        public func run() async throws {
            try await withGracefulShutdownHandler {
                do { try await run(onEvent: nil, onError: nil) } catch {
                    await close()
                    throw error
                }
                await close()
            } onGracefulShutdown: {
                Task { await self.drain(deadline: .seconds(5)) }
            }
        }
    }

    extension Monitor: Service {
        /// Starts, and runs until the graceful shutdown while others read the events. Then it lets them take what is
        /// queued, for at most five seconds, and closes.
        ///
        /// - Throws: What `start` throws; `CancellationError` when the task is cancelled. The monitor is closed then.
        public func run() async throws {
            try await untilShutdown({ try await start() }, close: { await close() })
            await drain(deadline: .seconds(5))
        }
    }

    extension KeyspaceEvents: Service {
        /// Starts, and runs until the graceful shutdown while others read the events. Then it closes, and restores the
        /// server's setting as `close` does.
        ///
        /// - Throws: What `start` throws; `CancellationError` when the task is cancelled. The object is closed then.
        public func run() async throws {
            try await untilShutdown({ try await start() }, close: { _ = await close() })
            await close()
        }
    }

    extension Invalidations: Service {
        /// Starts, and runs until the graceful shutdown while others read the events. Then it closes.
        ///
        /// - Throws: What `start` throws; `CancellationError` when the task is cancelled. The object is closed then.
        public func run() async throws {
            try await untilShutdown({ try await start() }, close: { await close() })
            await close()
        }
    }

    /// Starts something and waits for the graceful shutdown. What cannot start, or is cancelled, is closed.
    private func untilShutdown(_ start: () async throws -> Void, close: () async -> Void) async throws {
        do {
            try await start()
            try await gracefulShutdown()
        } catch {
            await close()
            throw error
        }
    }
#endif
