internal import RedisCommands

extension RedisScript {
    /// Notes that a value of a cache has a tag, for as long as the value is kept.
    ///
    /// - KEYS: the sorted set of the tag's keys, by the server's time in microseconds at which each may be forgotten. A
    ///   key that is noted again has another time than before.
    /// - ARGV: the key of the value; the milliseconds for which it is kept.
    /// - Reply: 1 for a new key, else 0.
    /// - Complexity: O(log keys), and as much for each key that is forgotten.
    static let tagCache = RedisScript(
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now))
        local last = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
        local ends = math.max(last + 1, now + ARGV[2] * 1000)
        local added = redis.call('ZADD', KEYS[1], string.format('%.0f', ends), ARGV[1])
        local left = math.ceil((ends - now) / 1000)
        if redis.call('PTTL', KEYS[1]) < left then redis.call('PEXPIRE', KEYS[1], string.format('%.0f', left)) end
        return added
        """,
        effect: .lastWriteWins
    )

    /// Forgets values that had a tag and were removed, but those that were noted again since.
    ///
    /// - KEYS: the sorted set of the tag's keys.
    /// - ARGV: for each value its key, and the time that it had in the set.
    /// - Reply: how many were forgotten.
    /// - Complexity: O(n log keys) for n values.
    static let forgetTagged = RedisScript(
        """
        local count = 0
        for i = 1, #ARGV, 2 do
            local ends = redis.call('ZSCORE', KEYS[1], ARGV[i])
            if ends and tonumber(ends) == tonumber(ARGV[i + 1]) then
                count = count + redis.call('ZREM', KEYS[1], ARGV[i])
            end
        end
        return count
        """,
        effect: .checked
    )
}
