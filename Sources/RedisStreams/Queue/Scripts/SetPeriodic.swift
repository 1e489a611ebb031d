extension RedisScript {
    /// Lets a message be delivered again and again, or changes how.
    ///
    /// - KEYS: the delayed messages; the periodic ones (a hash of `<milliseconds> <priority> <message>` by their
    ///   names).
    /// - ARGV: the channel of news; 1 in a cluster, else 0; the name; and either nothing, to end it, or all how many
    ///   milliseconds; which of the streams, from 1 on; the message.
    /// - Reply: 1 if something has changed, else 0.
    /// - Complexity: O(log d) for d delayed messages.
    ///
    /// One that exists like that keeps its time, so that each process may say it when it starts, unless that time is
    /// more than the interval from now: then the server's clock was set back.
    package static let setPeriodic = RedisScript(
        ScriptParts.clock + ScriptParts.announce + """
            local name, member = ARGV[3], '@' .. ARGV[3]
            if not ARGV[4] then
                redis.call('ZREM', KEYS[1], member)
                return redis.call('HDEL', KEYS[2], name)
            end
            local words = ARGV[4] .. ' ' .. ARGV[5] .. ' ' .. ARGV[6]
            local known = redis.call('HGET', KEYS[2], name)
            local due = redis.call('ZSCORE', KEYS[1], member)
            local isSet = due and tonumber(due) <= millis + ARGV[4]
            if known == words and isSet then return 0 end
            redis.call('HSET', KEYS[2], name, words)
            local isTheSame = known and string.match(known, '^%d+') == ARGV[4]
            if not (isTheSame and isSet) then
                redis.call('ZADD', KEYS[1], digits(millis + ARGV[4]), member)
                if redis.call('ZRANGE', KEYS[1], 0, 0)[1] == member then
                    announce(ARGV[1], ARGV[2], 'delayed ' .. ARGV[4])
                end
            end
            return 1
            """,
        effect: .lastWriteWins
    )
}
