extension RedisScript {
    /// Puts messages into a queue that has room for all of them, or none.
    ///
    /// - KEYS: what is remembered of the putter's last put; the delayed messages; the streams of all priorities.
    /// - ARGV: the number of the put; the capacity, 0 for none; which of the streams, from 1 on; the messages.
    /// - Reply: 1 and the ids; or 0 and how many messages there are, which a repeated put is not told.
    /// - Complexity: O(n) for n messages.
    package static let putIntoQueue = RedisScript(
        ScriptParts.memory + ScriptParts.room(for: "#ARGV - 3") + """
            local stream, reply = KEYS[2 + ARGV[3]], {1}
            for i = 4, #ARGV do reply[i - 2] = redis.call('XADD', stream, '*', 'p', ARGV[i]) end
            redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. table.concat(reply, ' ', 2), 'PX', 600000)
            return reply
            """,
        effect: .checked
    )
}
