extension ScriptParts {
    /// Leases that several have at once: a sorted set of their tokens by the time in milliseconds at which they end.
    ///
    /// - `removeEnded(key)`: removes those that have ended. Returns an error if the key is of another type.
    /// - `untilFirstEnd(key)`: the milliseconds until the first one ends.
    /// - `timeLeft(key, token)`: the milliseconds until it ends; 0 if it has ended.
    /// - `grant(key, token, time)`: lets it end after so many milliseconds.
    ///
    /// `millis` and `digits` have to be there.
    static let permits = """
        local function removeEnded(key)
            local count = redis.pcall('ZREMRANGEBYSCORE', key, '-inf', digits(millis))
            if type(count) == 'table' then return count end
        end
        local function untilFirstEnd(key)
            return math.max(1, tonumber(redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')[2]) - millis)
        end
        local function timeLeft(key, token)
            local ends = redis.call('ZSCORE', key, token)
            return ends and math.max(0, tonumber(ends) - millis) or 0
        end
        local function grant(key, token, time)
            redis.call('ZADD', key, digits(millis + time), token)
            local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')[2]
            redis.call('PEXPIRE', key, digits(tonumber(last) - millis))
        end

        """
}
