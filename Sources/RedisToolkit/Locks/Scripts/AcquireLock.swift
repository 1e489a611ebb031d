extension RedisScript {
    /// Takes a lock if nobody has it.
    ///
    /// - KEYS: the lock, its fence.
    /// - ARGV: see `ScriptParts`.
    /// - Reply: `{1, fence}`, or `{0, milliseconds until the holder's lease ends or -1, 1 for a holder that does not
    ///   announce its end}`.
    /// - Complexity: O(1).
    ///
    /// A second run with the same token finds that the first one has taken the lock: so a request whose reply was lost
    /// may be sent again. A holder whose token is not that of the last fence is of another library.
    package static let acquireLock = RedisScript(
        ScriptParts.clock + ScriptParts.fence + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            if holder and holder ~= ARGV[1] then
                local owner = string.match(redis.call('GET', KEYS[2]) or '', ' (.*)$')
                return {0, redis.call('PTTL', KEYS[1]), owner == holder and 0 or 1}
            end
            local number = fence(KEYS[2], ARGV[1])
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            return {1, number}
            """,
        effect: .checked
    )
}
