extension RedisEventLoop {
    /// The loop that an object runs on: the one that its maker names, or else the shared one.
    package static func chosen(_ loop: RedisEventLoop?) throws(RedisError) -> RedisEventLoop {
        if let loop { return loop }
        do throws(RedisSystemError) { return try shared } catch { throw .system(error) }
    }

    /// Throws on the loop's thread: a blocking call there, in an inline handler for instance, would wait for itself.
    package func refuseBlocking() throws(RedisError) {
        if isCurrent {
            throw RedisError(.invalidCommand, "a blocking call on the event loop would wait for itself")
        }
    }
}
