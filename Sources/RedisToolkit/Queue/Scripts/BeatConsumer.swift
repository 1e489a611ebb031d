extension RedisScript {
    /// Notes that a consumer is alive, and tells it whether it is its turn to look after the others.
    ///
    /// - KEYS: the consumer's heartbeat, the consumers of the queue, the turn.
    /// - ARGV: three that are not used; 1 in a cluster, else 0; the consumer's name; for how many milliseconds it
    ///   counts as alive; for how many milliseconds nobody else has to look.
    /// - Reply: the names of all consumers if it is its turn; else nothing.
    /// - Complexity: O(log c) for c consumers, and O(c) if it is its turn.
    package static let beatConsumer = RedisScript(
        ScriptParts.clock + ScriptParts.heartbeat + """
            beat(KEYS[1], KEYS[2])
            if not redis.call('SET', KEYS[3], ARGV[5], 'NX', 'PX', ARGV[7]) then return {} end
            return redis.call('ZRANGE', KEYS[2], 0, -1)
            """,
        effect: .checked
    )
}
