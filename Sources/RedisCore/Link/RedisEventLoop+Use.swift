extension RedisEventLoop {
    /// The loop that the caller passes, or else the shared one.
    package static func chosen(_ loop: RedisEventLoop?) throws(RedisError) -> RedisEventLoop {
        if let loop { return loop }
        do throws(RedisSystemError) { return try shared } catch { throw .system(error) }
    }

    /// Throws on the loop's thread, because a blocking call there, for example in an inline handler, would wait for
    /// itself.
    package func refuseBlocking() throws(RedisError) {
        if isCurrent {
            throw RedisError(.invalidCommand, "a blocking call on the event loop would wait for itself")
        }
    }
}
