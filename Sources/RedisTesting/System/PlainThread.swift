import RedisPOSIX

/// A POSIX thread for blocking work, which must not occupy a thread of Swift's cooperative pool.
struct PlainThread: Sendable {
    private let handle: pthread_t

    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Starts a thread that runs `body` and ends with it. It must be joined or detached.
    static func start(_ body: @escaping @Sendable () -> Void) throws(RedisTestingError) -> PlainThread {
        let context = unsafe Unmanaged.passRetained(Work(body))
        var handle = pthread_t()
        let result = unsafe pthread_create(
            &handle,
            nil,
            { context in
                // A thread begins with the name of the one that made it, which may be of Swift's pool.
                PlainThread.name()
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            context.toOpaque()
        )
        guard result == 0 else {
            unsafe context.release()
            throw .systemCall("pthread_create", result)
        }
        return PlainThread(handle: handle)
    }

    private static func name() {
        if let file = unsafe fopen("/proc/thread-self/comm", "we") {
            unsafe fputs("redis-testing", file)
            unsafe fclose(file)
        }
    }

    /// Waits for the end of the thread. From the thread itself it only lets go of it: waiting would never end.
    func join() {
        if pthread_equal(handle, pthread_self()) != 0 {
            pthread_detach(handle)
        } else {
            pthread_join(handle, nil)
        }
    }

    /// Lets the thread clean up after itself.
    func detach() { pthread_detach(handle) }

    /// Runs blocking work on a thread of its own while the calling task is suspended. Not interrupted by
    /// cancellation: the work itself is bounded in time.
    static func run<Success: Sendable>(
        _ work: @escaping @Sendable () throws(RedisTestingError) -> Success
    ) async throws(RedisTestingError) -> Success {
        let result: Result<Success, RedisTestingError> = await withCheckedContinuation { continuation in
            do throws(RedisTestingError) {
                try start { continuation.resume(returning: Result(catching: work)) }.detach()
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }
}
