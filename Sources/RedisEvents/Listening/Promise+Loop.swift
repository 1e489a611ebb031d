extension Promise {
    /// Blocks the thread until `body` has its result. The body runs on the loop: a handler that blocks a thread of Swift's pool does not
    /// wait for one that it keeps busy.
    static func waitBlocking(on loop: RedisEventLoop, _ body: @escaping @Sendable () async -> Value) throws(RedisError)
        -> Value
    {
        let answer = Promise<Value>()
        Task(executorPreference: loop) { answer.complete(.success(await body())) }
        return try answer.waitBlocking()
    }
}
