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
