extension RedisScript {
    /// Adds a number to the statistics of this hour, and puts those of an earlier hour aside.
    ///
    /// - KEYS: the statistics, when their hour began, the statistics of the last hour, when that began.
    /// - ARGV: the number.
    /// - Reply: the parts and their numbers, as texts: `{"count", …, "max", …}`.
    /// - Complexity: O(1).
    package static let addStatistics = RedisScript(
        """
        local now = redis.call('TIME')[1]
        local hour = string.format('%.0f', now - now % 3600)
        local start = redis.call('GET', KEYS[2])
        if start and start ~= hour and redis.call('EXISTS', KEYS[1]) == 1 then
            redis.call('RENAME', KEYS[1], KEYS[3])
            redis.call('SET', KEYS[4], start)
        end
        redis.call('SET', KEYS[2], hour)
        local value = tonumber(ARGV[1])
        local low, high = redis.call('ZSCORE', KEYS[1], 'min'), redis.call('ZSCORE', KEYS[1], 'max')
        if not low or value < tonumber(low) then redis.call('ZADD', KEYS[1], ARGV[1], 'min') end
        if not high or value > tonumber(high) then redis.call('ZADD', KEYS[1], ARGV[1], 'max') end
        redis.call('ZINCRBY', KEYS[1], 1, 'count')
        redis.call('ZINCRBY', KEYS[1], ARGV[1], 'sum')
        redis.call('ZINCRBY', KEYS[1], string.format('%.17g', value * value), 'sumsq')
        local reply = {}
        for _, part in ipairs({'count', 'sum', 'sumsq', 'min', 'max'}) do
            reply[#reply + 1] = part
            reply[#reply + 1] = redis.call('ZSCORE', KEYS[1], part)
        end
        return reply
        """,
        effect: .accumulating
    )
}
