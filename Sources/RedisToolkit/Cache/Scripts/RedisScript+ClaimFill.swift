internal import RedisCommands

extension RedisScript {
    /// Takes the right to compute the value of a cache, unless somebody else has it or the value is there.
    ///
    /// - KEYS: the value; the lease of the one that computes it.
    /// - ARGV: see `ScriptParts`; two that are not used; the milliseconds that the value had left when the caller has
    ///   seen it, 0 for a missing one: a value that has more was computed since. -1 for one that the caller cannot
    ///   read.
    /// - Reply: `{1, 0}`; `{2}` when the value is there; `{0, milliseconds until the lease ends, 0}`.
    /// - Complexity: O(1).
    static let claimFill = RedisScript(
        """
        local holder = redis.pcall('GET', KEYS[2])
        if type(holder) == 'table' then return holder end
        local left = redis.call('PTTL', KEYS[1])
        if ARGV[7] ~= '-1' and (left == -1 or left > tonumber(ARGV[7])) then
            if holder == ARGV[1] then redis.call('DEL', KEYS[2]) end
            return {2}
        end
        if holder and holder ~= ARGV[1] then return {0, redis.call('PTTL', KEYS[2]), 0} end
        redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
        return {1, 0}
        """,
        effect: .checked
    )
}
