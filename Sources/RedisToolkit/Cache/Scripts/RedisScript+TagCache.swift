internal import RedisCommands

extension RedisScript {
    /// Notes that a value of a cache has a tag, for as long as the value is kept.
    ///
    /// - KEYS: the sorted set of the tag's keys, by the server's time in milliseconds at which each may be forgotten.
    /// - ARGV: the key of the value; the milliseconds for which it is kept.
    /// - Reply: 1 for a new key, else 0.
    /// - Complexity: O(log keys), and as much for each key that is forgotten.
    static let tagCache = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now))
        local last = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
        local ends = math.max(last, now + ARGV[2])
        local added = redis.call('ZADD', KEYS[1], string.format('%.0f', ends), ARGV[1])
        if redis.call('PTTL', KEYS[1]) < ends - now then
            redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ends - now))
        end
        return added
        """,
        effect: .lastWriteWins
    )
}
