#if THREAD_SANITIZER
    internal import RedisPOSIX
#endif

/// A task that waits for a value, and is resumed with it exactly once, by whatever thread.
@safe @frozen package struct TaskContinuation<Value: Sendable>: Sendable {
    #if THREAD_SANITIZER
        // The runtime does not tell the thread sanitizer when it passes on a value that comes before the task waits
        // (Swift 6.3), and reports a race. So the value goes by a lock where the sanitizer watches.
        private let continuation: CheckedContinuation<Void, Never>
        private let place: Locked<Value?>

        /// Lets the task go on. It must not be called twice.
        package func resume(returning value: sending Value) {
            place.withLock { $0 = value }
            continuation.resume()
        }

        /// Suspends until the continuation that `body` gets is resumed, whether the task is cancelled or not.
        package static func value(_ body: (TaskContinuation) -> Void) async -> Value {
            let place = Locked<Value?>(nil)
            await withCheckedContinuation { body(TaskContinuation(continuation: $0, place: place)) }
            guard let value = place.withLock({ $0 }) else { preconditionFailure("resumed without a value") }
            return value
        }
    #else
        @usableFromInline let continuation: UnsafeContinuation<Value, Never>

        @inlinable
        init(_ continuation: UnsafeContinuation<Value, Never>) { unsafe self.continuation = continuation }

        /// Lets the task go on. It must not be called twice.
        @inlinable
        package func resume(returning value: sending Value) { unsafe continuation.resume(returning: value) }

        /// Suspends until the continuation that `body` gets is resumed, whether the task is cancelled or not.
        @inlinable
        package static func value(_ body: (TaskContinuation) -> Void) async -> Value {
            unsafe await withUnsafeContinuation { continuation in body(unsafe TaskContinuation(continuation)) }
        }
    #endif
}
