extension RedisScript {
    /// Takes the first messages out of a queue, and announces that there is room.
    ///
    /// - KEYS: the queue, a list.
    /// - ARGV: how many at most; the capacity of the queue, 0 for none; the channel on which room is told; 1 in a
    ///   cluster, else 0.
    /// - Reply: the messages.
    /// - Complexity: O(n) for n messages.
    ///
    /// LPOP takes several from Redis 6.2 on only.
    package static let takeMessages = RedisScript(
        ScriptParts.announce + """
            local messages = redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)
            if #messages == 0 then return messages end
            redis.call('LTRIM', KEYS[1], #messages, -1)
            if ARGV[2] ~= '0' then announce('released') end
            return messages
            """,
        effect: .accumulating
    )
}
