extension RedisScript {
    /// Deletes the messages that wait in a queue, and announces that there is room.
    ///
    /// - KEYS: the queue, a list.
    /// - ARGV: nothing; the capacity of the queue, 0 for none; the channel on which room is told; 1 in a cluster, else
    ///   0.
    /// - Reply: how many messages there were.
    /// - Complexity: O(1), and O(n) in the background for n messages.
    package static let unlinkQueue = RedisScript(
        ScriptParts.announce + """
            local count = redis.call('LLEN', KEYS[1])
            redis.call('UNLINK', KEYS[1])
            if ARGV[2] ~= '0' then announce('released') end
            return count
            """,
        effect: .lastWriteWins
    )
}
