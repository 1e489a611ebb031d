internal import RedisCore
internal import RedisReactor

extension RedisClient {
    /// Runs `body` in a task on the client's loop, which is cancelled with the caller's: what it sends leaves in the
    /// same turn, and a reply or a message goes on with it without another thread that has to wake up. The caller goes
    /// on where it was, so that the loop never waits for its code.
    ///
    /// - Parameter body: Must not call code of the user that takes long.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws.
    func onLoop<Value: Sendable>(
        _ body: @escaping @Sendable () async throws(RedisError) -> Value
    ) async throws(RedisError) -> Value {
        let task = Task(executorPreference: loop) { () async -> Result<Value, RedisError> in
            do throws(RedisError) { return .success(try await body()) } catch { return .failure(error) }
        }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        return try result.get()
    }
}
