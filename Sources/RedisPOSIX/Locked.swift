/// A value that one thread at a time may touch.
///
/// It uses the system's mutex and not `Synchronization.Mutex`: the slow path of the latter is in a library that the
/// thread sanitizer does not instrument, so that every contended lock is reported as a race (Swift 6.3), and the
/// reports that matter would be lost among these. Never hold it across a wait; return from the body what has to be done
/// after the unlock.
@safe package final class Locked<Value>: Sendable {
    // Only used between lock and unlock. The memory is separate, because the exclusivity check of a stored property
    // costs time on each access.
    private nonisolated(unsafe) let value: UnsafeMutablePointer<Value>
    private nonisolated(unsafe) let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init(_ value: sending Value) {
        unsafe self.value = .allocate(capacity: 1)
        unsafe mutex = .allocate(capacity: 1)
        unsafe self.value.initialize(to: value)
        unsafe pthread_mutex_init(mutex, nil)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe mutex.deallocate()
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
    }

    /// Calls `body` with exclusive access to the value. Not recursive.
    package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return unsafe body(&value.pointee)
    }

    /// Calls a `body` that throws, with exclusive access to the value.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&value.pointee)
    }
}

/// Replaces a value and returns the old one.
package func exchange<Value>(_ place: inout Value, with value: Value) -> Value {
    let old = place
    place = value
    return old
}
