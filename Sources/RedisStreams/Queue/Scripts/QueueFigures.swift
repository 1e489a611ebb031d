extension RedisScript {
    /// Counts the messages of a queue.
    ///
    /// - KEYS: the delayed messages; the streams of all priorities; the streams of their dead letters.
    /// - ARGV: the group.
    /// - Reply: how many messages the streams have; how many of them consumers have; how many of those were delivered
    ///   before, among the first thousand of each stream; the age of the oldest message in milliseconds, -1 if there is
    ///   none; how many are delayed; how many dead letters there are.
    /// - Complexity: O(p) for p pending messages, a thousand of each stream at most.
    package static let queueFigures = RedisScript(
        ScriptParts.clock + """
            local count, pending, again, oldest, dead = 0, 0, 0, -1, 0
            local streams = (#KEYS - 1) / 2
            for i = 2, streams + 1 do
                local key = KEYS[i]
                count = count + redis.call('XLEN', key)
                dead = dead + redis.call('XLEN', KEYS[i + streams])
                local first = redis.call('XRANGE', key, '-', '+', 'COUNT', 1)[1]
                if first then oldest = math.max(oldest, millis - tonumber(string.match(first[1], '^%d+'))) end
                local summary = redis.pcall('XPENDING', key, ARGV[1])
                if not summary.err and summary[1] > 0 then
                    for _, consumer in ipairs(summary[4]) do
                        if consumer[1] ~= '(returned)' then pending = pending + tonumber(consumer[2]) end
                    end
                    for _, entry in ipairs(redis.call('XPENDING', key, ARGV[1], '-', '+', 1000)) do
                        if entry[4] > 1 and entry[2] ~= '(returned)' then again = again + 1 end
                    end
                end
            end
            return {count, pending, again, oldest, redis.call('ZCARD', KEYS[1]), dead}
            """,
        effect: .readOnly
    )
}
