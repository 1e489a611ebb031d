extension RedisScript {
    /// Takes a permit if fewer than the limit are out.
    ///
    /// - KEYS: the permits, a sorted set of tokens by the time in milliseconds at which they end; their fence.
    /// - ARGV: see `ScriptParts`; two that are not used; the limit.
    /// - Reply: `{1, fence}`, or `{0, milliseconds until the first permit ends, 0}`.
    /// - Complexity: O(log n) for n permits, and for each that has ended.
    package static let acquirePermit = RedisScript(
        ScriptParts.clock + ScriptParts.fence + ScriptParts.permits + """
            local failure = removeEnded(KEYS[1])
            if failure then return failure end
            if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[7]) then
                return {0, untilFirstEnd(KEYS[1]), 0}
            end
            local number = fence(KEYS[2], ARGV[1])
            grant(KEYS[1], ARGV[1], tonumber(ARGV[2]))
            return {1, number}
            """,
        effect: .checked
    )
}
