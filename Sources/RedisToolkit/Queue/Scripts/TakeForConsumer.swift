extension RedisScript {
    /// Moves the first messages of a queue into the list of a consumer, and counts it as alive.
    ///
    /// - KEYS: the queue, the consumer's list, its heartbeat, the consumers of the queue (a sorted set of their names
    ///   by the time in milliseconds at which they were last heard).
    /// - ARGV: how many at most; the capacity of the queue, 0 for none; the channel on which room is told; 1 in a
    ///   cluster, else 0; the consumer's name; for how many milliseconds it counts as alive.
    /// - Reply: the messages.
    /// - Complexity: O(n + log c) for n messages and c consumers.
    package static let takeForConsumer = RedisScript(
        ScriptParts.clock + ScriptParts.announce + ScriptParts.heartbeat + """
            beat(KEYS[3], KEYS[4])
            local messages = redis.call('LRANGE', KEYS[1], 0, ARGV[1] - 1)
            if #messages == 0 then return messages end
            for _, message in ipairs(messages) do redis.call('RPUSH', KEYS[2], message) end
            redis.call('LTRIM', KEYS[1], #messages, -1)
            if ARGV[2] ~= '0' then announce('released') end
            return messages
            """,
        effect: .accumulating
    )
}

extension ScriptParts {
    /// `beat(heartbeat, consumers)`: notes that the consumer `ARGV[5]` is alive, and will be for `ARGV[6]` milliseconds
    /// without another note. The names are kept for two days after the last consumer was heard.
    ///
    /// `millis` and `digits` have to be there.
    static let heartbeat = """
        local function beat(heartbeat, consumers)
            redis.call('SET', heartbeat, '1', 'PX', ARGV[6])
            redis.call('ZADD', consumers, digits(millis), ARGV[5])
            redis.call('PEXPIRE', consumers, 172800000)
        end

        """

    /// `giveBack(list, queue)`: moves what is in the list of a consumer back to the front of the queue, in its order.
    /// Returns how many messages that were.
    static let giveBackAll = """
        local function giveBack(list, queue)
            local count = 0
            while true do
                local message = redis.call('RPOP', list)
                if not message then return count end
                redis.call('LPUSH', queue, message)
                count = count + 1
            end
        end

        """
}
