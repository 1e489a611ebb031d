extension RedisScript {
    /// Puts messages into a queue that has room for all of them, or none.
    ///
    /// - KEYS: the queue, a list.
    /// - ARGV: its capacity, and the messages.
    /// - Reply: `{1, how many wait then}`, or `{0, how many wait}`.
    /// - Complexity: O(n) for n messages.
    package static let putMessages = RedisScript(
        """
        local length = redis.call('LLEN', KEYS[1])
        if length + #ARGV - 1 > tonumber(ARGV[1]) then return {0, length} end
        for i = 2, #ARGV do length = redis.call('RPUSH', KEYS[1], ARGV[i]) end
        return {1, length}
        """,
        effect: .accumulating
    )
}
