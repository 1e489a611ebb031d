extension RedisScript {
    /// Sets fields of a hash, and its time to live, in one step.
    ///
    /// - KEYS: the hash.
    /// - ARGV: `merge` or `replace`; `PX` with milliseconds from now, `PXAT` with milliseconds since 1970, or `KEEPTTL`
    ///   or `PERSIST` with anything; then names and values in turn.
    /// - Reply: OK. WRONGTYPE for a key that is no hash, which stays as it is.
    /// - Complexity: O(fields), with `replace` also O(fields before).
    static let setHash = RedisScript(
        """
        local key, mode, expiry, time = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
        local count = redis.pcall('HLEN', key)
        if type(count) == 'table' then return count end
        local ttl = redis.call('PTTL', key)
        if mode == 'replace' then redis.call('DEL', key) end
        -- Lua passes a few thousand values at a time at most.
        for first = 4, #ARGV, 1000 do
            redis.call('HSET', key, unpack(ARGV, first, math.min(first + 999, #ARGV)))
        end
        if expiry == 'PX' then redis.call('PEXPIRE', key, time)
        elseif expiry == 'PXAT' then redis.call('PEXPIREAT', key, time)
        elseif expiry == 'PERSIST' then redis.call('PERSIST', key)
        -- A key in its last millisecond has 0 left.
        elseif mode == 'replace' and ttl >= 0 then redis.call('PEXPIRE', key, math.max(ttl, 1)) end
        return redis.status_reply('OK')
        """,
        effect: .lastWriteWins
    )

    /// The arguments of `setHash`.
    static func argumentsOfSetHash(_ mode: RedisHash.Mode, _ expiry: RedisSetExpiry?, _ fields: RedisPairs)
        -> [RedisBytes]
    {
        let time: [RedisBytes] =
            switch expiry {
            case .after, .at: expiry.arguments
            case .keep: ["KEEPTTL", ""]
            case nil: ["PERSIST", ""]
            }
        return [mode == .merge ? "merge" : "replace"] + time + fields.arguments
    }
}
