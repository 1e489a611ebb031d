extension RedisScript {
    /// Lets one more reader in, if no writer has the lock and none has asked for it.
    ///
    /// - KEYS: the readers, as permits are kept; the writer's lock; the token of a writer that waits; the fence.
    /// - ARGV: see `ScriptParts`.
    /// - Reply: that of `acquireLock`.
    /// - Complexity: O(log n) for n readers, and for each that has ended.
    package static let acquireRead = RedisScript(
        ScriptParts.clock + ScriptParts.fence + ScriptParts.permits + """
            local failure = removeEnded(KEYS[1])
            if failure then return failure end
            if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
                local writer = redis.pcall('GET', KEYS[2])
                if type(writer) == 'table' then return writer end
                if writer then
                    local owner = string.match(redis.call('GET', KEYS[4]) or '', ' (.*)$')
                    return {0, redis.call('PTTL', KEYS[2]), owner == writer and 0 or 1}
                end
                local wait = redis.call('PTTL', KEYS[3])
                if wait ~= -2 then return {0, wait, 0} end
            end
            local number = fence(KEYS[4], ARGV[1])
            grant(KEYS[1], ARGV[1], tonumber(ARGV[2]))
            return {1, number}
            """,
        effect: .checked
    )
}
