import Synchronization

/// Lets one plain thread sleep until another wakes it. A wake before the sleep is remembered, so that none is lost.
///
/// For threads that may block; tasks wait on continuations instead.
@safe package final class Parker: Sendable {
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private nonisolated(unsafe) let condition: UnsafeMutablePointer<pthread_cond_t>
    private let isAwake = Atomic(false)

    package init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        unsafe pthread_condattr_init(&attributes)
        // The wall clock may be set while a thread waits.
        unsafe pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        unsafe pthread_cond_init(condition, &attributes)
        unsafe pthread_condattr_destroy(&attributes)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
    }

    /// Sleeps until `unpark` or until `deadline`. Returns whether it was woken.
    @discardableResult
    package func park(until deadline: ContinuousClock.Instant? = nil) -> Bool {
        let limit = deadline.map { Self.monotonicTime(after: ContinuousClock.now.duration(to: $0)) }
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        while !isAwake.load(ordering: .acquiring) {
            if var limit {
                if unsafe pthread_cond_timedwait(condition, mutex, &limit) == ETIMEDOUT { break }
            } else {
                unsafe pthread_cond_wait(condition, mutex)
            }
        }
        return isAwake.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Wakes the thread that sleeps, or the next one that is about to.
    package func unpark() {
        unsafe pthread_mutex_lock(mutex)
        isAwake.store(true, ordering: .releasing)
        unsafe pthread_mutex_unlock(mutex)
        // After the unlock, so that the thread does not wake up only to wait for the mutex.
        unsafe pthread_cond_signal(condition)
    }

    private static func monotonicTime(after duration: Duration) -> timespec {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        let (seconds, attoseconds) = max(duration, .zero).components
        let nanoseconds = Int(now.tv_nsec) + Int(attoseconds / 1_000_000_000)
        // A wait of more than thirty years counts as a wait for ever.
        return timespec(
            tv_sec: now.tv_sec + Int(min(seconds, 1_000_000_000)) + nanoseconds / 1_000_000_000,
            tv_nsec: nanoseconds % 1_000_000_000
        )
    }
}
