/// Waits until a condition holds, looking every 5 milliseconds.
///
/// The condition is evaluated on the caller's executor, at least once, and once more when the time is over.
///
/// - Parameters:
///   - limit: How long to wait at most.
///   - condition: What is to become true. An error that it throws ends the wait.
/// - Returns: Whether the condition held within the time.
/// - Throws: What the condition throws; `CancellationError` when the task is cancelled while waiting.
public func eventually(
    within limit: Duration = .seconds(10),
    _ condition: () async throws -> Bool
) async throws -> Bool {
    let deadline = Deadline(after: limit)
    while true {
        let isLastLook = deadline.hasPassed
        if try await condition() { return true }
        if isLastLook { return false }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Waits until a condition holds, blocking the calling thread and looking every 5 milliseconds; for plain threads.
///
/// - Parameters:
///   - limit: How long to wait at most.
///   - condition: What is to become true. An error that it throws ends the wait.
/// - Returns: Whether the condition held within the time.
/// - Throws: What the condition throws.
public func eventuallyBlocking<Failure: Error>(
    within limit: Duration = .seconds(10),
    _ condition: () throws(Failure) -> Bool
) throws(Failure) -> Bool {
    let deadline = Deadline(after: limit)
    while true {
        let isLastLook = deadline.hasPassed
        if try condition() { return true }
        if isLastLook { return false }
        sleepBlocking(milliseconds: 5)
    }
}

/// A point in time that a blocking wait must not pass.
package struct Deadline: Sendable {
    private let instant: ContinuousClock.Instant

    /// The point `duration` from now.
    package init(after duration: Duration) { instant = .now + duration }

    /// That point.
    init(at instant: ContinuousClock.Instant) { self.instant = instant }

    /// Whether the point has been reached.
    var hasPassed: Bool { instant <= .now }

    /// The time left in whole milliseconds, rounded up so that a wait never ends early; at most `limit`.
    func milliseconds(atMost limit: Int32) -> Int32 {
        let left = (instant - .now).components
        if left.seconds < 0 || left.attoseconds < 0 { return 0 }
        if left.seconds > 3600 { return limit }
        let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1
        return Int32(min(milliseconds, Int64(limit)))
    }
}

// The value of a task that a test has begun.
//
// A test that is over its time limit is cancelled, which does not reach a task without a parent: whoever awaited
// `value` would wait for ever, and the whole run with it. Here the cancellation of the one that waits cancels the task.

extension Task where Failure == any Error {
    /// The value of the task, which is cancelled with whoever waits for it.
    ///
    /// - Throws: What the task throws.
    package var joined: Success {
        get async throws {
            try await withTaskCancellationHandler {
                try await value
            } onCancel: {
                cancel()
            }
        }
    }
}

extension Task {
    /// What the task came to; it is cancelled with whoever waits for it.
    package var joinedResult: Result<Success, Failure> {
        get async {
            await withTaskCancellationHandler {
                await result
            } onCancel: {
                cancel()
            }
        }
    }
}

extension Task where Failure == Never {
    /// The value of the task, which is cancelled with whoever waits for it.
    package var joined: Success {
        get async {
            await withTaskCancellationHandler {
                await value
            } onCancel: {
                cancel()
            }
        }
    }
}
