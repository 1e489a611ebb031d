/// Waits until the task is cancelled, for user code that takes longer than its caller has patience.
///
/// - Throws: `CancellationError`, always.
package func untilCancelled() async throws {
    let (stream, continuation) = AsyncStream<Never>.makeStream()
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
    try Task.checkCancellation()
}
