extension RedisScript {
    /// Gives back what a consumer has taken, if it is dead.
    ///
    /// - KEYS: the consumer's heartbeat, its list, the queue, the consumers of the queue.
    /// - ARGV: the consumer's name.
    /// - Reply: how many messages were given back.
    /// - Complexity: O(n + log c) for n messages and c consumers.
    ///
    /// Its name stays for a day. A process that was stopped may have a request on its way that moves a message into its
    /// list after this, and it may be killed before it counts as alive again.
    package static let reapConsumer = RedisScript(
        ScriptParts.clock + ScriptParts.giveBackAll + """
            if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
            local count = giveBack(KEYS[2], KEYS[3])
            local heard = redis.call('ZSCORE', KEYS[4], ARGV[1])
            if heard and tonumber(heard) < millis - 86400000 then redis.call('ZREM', KEYS[4], ARGV[1]) end
            return count
            """,
        effect: .checked
    )
}
