extension RedisScript {
    /// Gets entries again that a consumer has, and begins their time anew. It does not count as another delivery.
    ///
    /// - KEYS: the stream.
    /// - ARGV: the group, the consumer, the ids.
    /// - Reply: for each id how often it was delivered, and the entry; how often alone if it was removed from the
    ///   stream: then it is acknowledged; nothing at all if the consumer does not have it.
    /// - Complexity: O(n log p) for n ids and p pending entries.
    package static let takeEntries = RedisScript(
        ScriptParts.owns + """
            local reply = {}
            for i = 3, #ARGV do
                local id = ARGV[i]
                local deliveries = owns(id)
                reply[i - 2] = {}
                if deliveries then
                    local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'RETRYCOUNT', deliveries)
                    reply[i - 2] = {deliveries, claimed[1]}
                    -- From Redis 7.0 on XCLAIM has acknowledged it.
                    if not claimed[1] then redis.call('XACK', KEYS[1], ARGV[1], id) end
                end
            end
            return reply
            """,
        effect: .lastWriteWins
    )
}
