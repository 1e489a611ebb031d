extension RedisScript {
    /// Puts messages into a queue that are to be delivered later.
    ///
    /// - KEYS: what is remembered of the putter's last put; the delayed messages (a sorted set of `<token> <priority>
    ///   <message>` by the server's time in milliseconds); the streams of all priorities.
    /// - ARGV: the number of the put; the capacity, 0 for none; the channel of news; 1 in a cluster, else 0; 1 if the
    ///   time is counted from now, 0 if it is a time; the time in milliseconds; which of the streams, from 1 on; a
    ///   token that nobody else uses; the messages.
    /// - Reply: 1; or 0 and how many messages there are, which a repeated put is not told.
    /// - Complexity: O(n log d) for n messages and d that are delayed.
    ///
    /// It tells after how many milliseconds the first message is due if that is one of these.
    package static let putDelayed = RedisScript(
        ScriptParts.memory + ScriptParts.room(for: "#ARGV - 8") + ScriptParts.clock + ScriptParts.announce + """
            local due = tonumber(ARGV[6])
            if ARGV[5] == '1' then due = millis + due end
            local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
            for i = 9, #ARGV do
                local member = ARGV[8] .. '.' .. i .. ' ' .. ARGV[7] .. ' ' .. ARGV[i]
                redis.call('ZADD', KEYS[2], digits(due), member)
            end
            if not first or due < tonumber(first) then
                announce(ARGV[3], ARGV[4], 'delayed ' .. digits(math.max(due - millis, 0)))
            end
            redis.call('SET', KEYS[1], ARGV[1] .. ' ', 'PX', 600000)
            return {1}
            """,
        effect: .checked
    )
}
