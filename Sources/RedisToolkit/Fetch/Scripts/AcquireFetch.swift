extension RedisScript {
    /// Takes the lock of a fetch if nobody has it, unless the fetch that the caller has followed was done.
    ///
    /// - KEYS: the lock; its fence; the fence of the last fetch that was done.
    /// - ARGV: see `ScriptParts`; one that is not used; the fence of the fetch that the caller has followed, or
    ///   nothing.
    /// - Reply: `{1, fence}`; `{2}` when the fetch was done; `{0, milliseconds until the leader's lease ends or -1, 1
    ///   for a leader that does not announce its end, the leader's fence or nothing}`.
    /// - Complexity: O(1).
    package static let acquireFetch = RedisScript(
        ScriptParts.clock + ScriptParts.fence + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            local done = ARGV[6] ~= '' and redis.call('GET', KEYS[3])
            if done and tonumber(done) >= tonumber(ARGV[6]) then return {2} end
            if holder and holder ~= ARGV[1] then
                local number, owner = string.match(redis.call('GET', KEYS[2]) or '', '^(%d+) (.*)$')
                local isKnown = owner == holder
                return {0, redis.call('PTTL', KEYS[1]), isKnown and 0 or 1, isKnown and number or ''}
            end
            local number = fence(KEYS[2], ARGV[1])
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            return {1, number}
            """,
        effect: .checked
    )
}
