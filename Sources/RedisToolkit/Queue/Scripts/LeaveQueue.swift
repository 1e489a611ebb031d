extension RedisScript {
    /// Ends a consumer, and gives back what it has taken.
    ///
    /// - KEYS: the consumer's heartbeat, its list, the queue, the consumers of the queue.
    /// - ARGV: the consumer's name; 1 if a request of its may still be at the server, which moves a message into its list
    ///   after this. Then its name stays, so that others look after the list.
    /// - Reply: how many messages were given back.
    /// - Complexity: O(n + log c) for n messages and c consumers.
    package static let leaveQueue = RedisScript(
        ScriptParts.giveBackAll + """
            local count = giveBack(KEYS[2], KEYS[3])
            redis.call('DEL', KEYS[1])
            if ARGV[2] ~= '1' then redis.call('ZREM', KEYS[4], ARGV[1]) end
            return count
            """,
        effect: .checked
    )
}
