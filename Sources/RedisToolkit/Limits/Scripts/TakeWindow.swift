extension RedisScript {
    /// Counts in a window that begins with the first count, unless that would be above its limit.
    ///
    /// - KEYS: the window.
    /// - ARGV: the cost, the limit, the length in milliseconds.
    /// - Reply: `{1 or 0, the count, the milliseconds until the window ends}`.
    /// - Complexity: O(1). What is denied writes nothing.
    ///
    /// A key without a time to live is what is left of a client that counted and set the time in two steps. It gets the
    /// time now, so that it ends.
    package static let takeWindow = RedisScript(
        """
        local count = tonumber(redis.call('GET', KEYS[1]) or 0)
        local left = redis.call('PTTL', KEYS[1])
        if left == -1 then
            redis.call('PEXPIRE', KEYS[1], ARGV[3])
            left = tonumber(ARGV[3])
        end
        if count + ARGV[1] > tonumber(ARGV[2]) then return {0, count, left < 0 and 0 or left} end
        if left < 0 then
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
            return {1, tonumber(ARGV[1]), tonumber(ARGV[3])}
        end
        return {1, redis.call('INCRBY', KEYS[1], ARGV[1]), left}
        """,
        effect: .accumulating
    )
}
