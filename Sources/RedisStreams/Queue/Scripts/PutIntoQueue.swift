extension RedisScript {
    /// Puts messages into a queue that has room for all of them, or none.
    ///
    /// - KEYS: what is remembered of the putter's last put; the delayed messages; the streams of all priorities.
    /// - ARGV: the number of the put; the capacity, 0 for none; which of the streams, from 1 on; the messages.
    /// - Reply: 1 and the ids; or 0 and how many messages there are, which a repeated put is not told.
    /// - Complexity: O(n) for n messages.
    package static let putIntoQueue = RedisScript(
        ScriptParts.memory + ScriptParts.room + """
            local reply = earlier(KEYS[1], ARGV[1])
            if reply then return reply end
            local isFree, total = hasRoom(ARGV[2], #ARGV - 3, KEYS[2], 3)
            if not isFree then return refuse(KEYS[1], ARGV[1], total) end
            local stream = KEYS[2 + ARGV[3]]
            reply = {1}
            for i = 4, #ARGV do reply[i - 2] = redis.call('XADD', stream, '*', 'p', ARGV[i]) end
            return remember(KEYS[1], ARGV[1], reply)
            """,
        effect: .checked
    )
}
