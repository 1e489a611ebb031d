extension RedisScript {
    /// Moves messages from the list of a consumer back to the front of the queue.
    ///
    /// - KEYS: the consumer's list, the queue.
    /// - ARGV: the messages, in the order in which they were taken.
    /// - Reply: how many were in the list.
    /// - Complexity: O(n · m) for n messages and a list of m.
    package static let giveBackMessages = RedisScript(
        """
        local count = 0
        for i = #ARGV, 1, -1 do
            if redis.call('LREM', KEYS[1], 1, ARGV[i]) == 1 then
                redis.call('LPUSH', KEYS[2], ARGV[i])
                count = count + 1
            end
        end
        return count
        """,
        effect: .checked
    )
}
