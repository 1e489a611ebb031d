/// A value that one thread at a time may touch.
///
/// Over the system's mutex and not `Synchronization.Mutex`: the slow path of that one lies in a library which the
/// thread sanitizer does not see into, so that every contended lock is reported as a race (Swift 6.3), and the reports
/// that matter would drown. Never hold it across a wait; return from the body what has to be done after the unlock.
@safe package final class Locked<Value>: Sendable {
    // Touched between lock and unlock alone. In memory of its own, which the exclusivity check of a stored property, a
    // cost on each access, does not cover.
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

    /// Gives the value to `body`, alone. Not recursive.
    package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return unsafe body(&value.pointee)
    }

    /// The same for a body that throws.
    package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        unsafe pthread_mutex_lock(mutex)
        defer { unsafe pthread_mutex_unlock(mutex) }
        return try unsafe body(&value.pointee)
    }
}

/// Puts a value into a place and returns what was there.
package func exchange<Value>(_ place: inout Value, with value: Value) -> Value {
    let old = place
    place = value
    return old
}
