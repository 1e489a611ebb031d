import RedisPOSIX

/// A value that only one thread uses at a time.
///
/// Not the library's `Mutex`: when two threads contend for that, ThreadSanitizer does not see the hand-over (it happens
/// in the Synchronization library, which is not instrumented) and reports a race where there is none; it happens with
/// Swift 6.3.1 in a program of ten lines. This package is used in tests that run under ThreadSanitizer, and must not
/// add noise there. The sanitizer knows the POSIX mutex.
@safe
package final class Lock<Value: Sendable>: Sendable {
    // Safe to share: the mutex is made for that, and the value is used only while the mutex is held. Both have memory
    // of their own, so that using the one never touches the other's place in this object.
    nonisolated(unsafe) private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    nonisolated(unsafe) private let value: UnsafeMutablePointer<Value>

    package init(_ value: Value) {
        unsafe mutex = .allocate(capacity: 1)
        unsafe self.value = .allocate(capacity: 1)
        unsafe self.value.initialize(to: value)
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
    }

    /// Calls `body` with the value while no other thread has it. Not recursive.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&value.pointee)
    }
}
