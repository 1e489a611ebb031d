#if ServiceLifecycle
    public import ServiceLifecycle

    extension RedisClient: Service {
        /// Runs until the graceful shutdown, then lets commands that are on their way end, for at most five seconds,
        /// and closes. The client works without it as well; list it before the services that use it, so that it is shut
        /// down after them.
        ///
        /// - Throws: `CancellationError` when the task is cancelled. The client is closed then, too.
        public func run() async throws {
            do { try await gracefulShutdown() } catch {
                await close()
                throw error
            }
            await drain(deadline: .seconds(5))
        }
    }
#endif
