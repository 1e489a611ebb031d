extension RedisScript {
    /// Sets a value, or removes it, and tells the channel which key has changed.
    ///
    /// - KEYS: the key.
    /// - ARGV: the channel; the value, without which the key is removed.
    /// - Reply: 1 if the value is another one now, else 0.
    /// - Complexity: O(1), and the publishing.
    ///
    /// Where the value stays the same nothing is written or told. A user who may not publish may set values all the
    /// same.
    package static let setConfiguration = RedisScript(
        """
        if redis.call('GET', KEYS[1]) == (ARGV[2] or false) then return 0 end
        if ARGV[2] then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('DEL', KEYS[1]) end
        redis.pcall('PUBLISH', ARGV[1], KEYS[1])
        return 1
        """,
        effect: .lastWriteWins
    )
}
