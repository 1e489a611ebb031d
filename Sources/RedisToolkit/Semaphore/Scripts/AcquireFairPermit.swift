extension RedisScript {
    /// Takes a permit if fewer than the limit are out and nobody else has waited longer.
    ///
    /// - KEYS: the permits, their fence, their queue, their turn.
    /// - ARGV: see `ScriptParts`; 1 to wait in the queue, else 0; one that is not used; the limit.
    /// - Reply: that of `acquirePermit`.
    /// - Complexity: O(log n) for n permits and for n that wait, and for each that has ended.
    package static let acquireFairPermit = RedisScript(
        ScriptParts.clock + ScriptParts.fence + ScriptParts.announce + ScriptParts.permits + ScriptParts.fairQueue + """
            local failure = removeEnded(KEYS[1])
            if failure then return failure end
            local limit = tonumber(ARGV[7])
            if not redis.call('ZSCORE', KEYS[1], ARGV[1]) then
                if redis.call('ZCARD', KEYS[1]) >= limit then
                    if ARGV[5] == '1' then enqueue(ARGV[1]) end
                    return {0, untilFirstEnd(KEYS[1]), 0}
                end
                local head = first()
                if head and head ~= ARGV[1] then
                    if ARGV[5] == '1' then enqueue(ARGV[1]) end
                    return {0, callFirst(), 0}
                end
            end
            dequeue(ARGV[1])
            local number = fence(KEYS[2], ARGV[1])
            grant(KEYS[1], ARGV[1], tonumber(ARGV[2]))
            if redis.call('ZCARD', KEYS[1]) < limit then callFirst() end
            return {1, number}
            """,
        effect: .checked
    )
}
