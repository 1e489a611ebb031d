extension RedisScript {
    /// Prolongs a lock, if it is the holder's still.
    ///
    /// - KEYS: the lock.
    /// - ARGV: see `ScriptParts`; and how: `least` leaves a longer time as it is, `add` adds to the time that is left,
    ///   `exactly` sets it.
    /// - Reply: the milliseconds that are left now; 0 if the lock is not the holder's.
    /// - Complexity: O(1).
    package static let renewLock = RedisScript(
        """
        local holder = redis.pcall('GET', KEYS[1])
        if type(holder) == 'table' then return holder end
        if holder ~= ARGV[1] then return 0 end
        local left = redis.call('PTTL', KEYS[1])
        local wanted = tonumber(ARGV[2])
        if ARGV[5] == 'add' then wanted = math.max(left, 0) + wanted
        elseif ARGV[5] == 'least' then wanted = math.max(left, wanted) end
        redis.call('PEXPIRE', KEYS[1], string.format('%.0f', wanted))
        return wanted
        """,
        effect: .accumulating
    )
}
