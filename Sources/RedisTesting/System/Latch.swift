import RedisPOSIX

/// Lets threads wait until another has done something, once.
@safe
final class Latch: Sendable {
    // Safe to share: the POSIX calls are made for that, and the flag is used only while the mutex is held. Not `Lock`,
    // because a condition is waited for with its mutex.
    nonisolated(unsafe) private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    nonisolated(unsafe) private let condition: UnsafeMutablePointer<pthread_cond_t>
    nonisolated(unsafe) private let isOpen: UnsafeMutablePointer<Bool>

    init() {
        unsafe mutex = .allocate(capacity: 1)
        unsafe condition = .allocate(capacity: 1)
        unsafe isOpen = .allocate(capacity: 1)
        unsafe isOpen.initialize(to: false)
        unsafe pthread_mutex_init(mutex, nil)
        unsafe pthread_cond_init(condition, nil)
    }

    deinit {
        unsafe pthread_cond_destroy(condition)
        unsafe pthread_mutex_destroy(mutex)
        unsafe condition.deallocate()
        unsafe mutex.deallocate()
        unsafe isOpen.deallocate()
    }

    /// Lets everyone go on who waits or will wait.
    func open() {
        unsafe pthread_mutex_lock(mutex)
        unsafe isOpen.pointee = true
        unsafe pthread_cond_broadcast(condition)
        unsafe pthread_mutex_unlock(mutex)
    }

    /// Blocks the thread until the latch is open.
    func wait() {
        unsafe pthread_mutex_lock(mutex)
        while unsafe !isOpen.pointee { unsafe pthread_cond_wait(condition, mutex) }
        unsafe pthread_mutex_unlock(mutex)
    }
}
