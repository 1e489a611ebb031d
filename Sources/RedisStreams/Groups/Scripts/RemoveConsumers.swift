extension RedisScript {
    /// Removes consumers of a group that have no entry.
    ///
    /// - KEYS: the stream.
    /// - ARGV: the group; a consumer; and either nothing, to remove that one, or for how many milliseconds another one
    ///   must not have been heard of, to remove all of those.
    /// - Reply: the names of those that were removed.
    /// - Complexity: O(c) for c consumers of the group.
    ///
    /// It is a script because a consumer is removed together with the entries that it has: nothing may come in between.
    package static let removeConsumers = RedisScript(
        """
        local removed = {}
        local consumers = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
        -- There is no such stream or group.
        if consumers.err then return removed end
        for _, facts in ipairs(consumers) do
            local consumer = {}
            for i = 1, #facts, 2 do consumer[facts[i]] = facts[i + 1] end
            local isMeant = consumer.name == ARGV[2]
            if ARGV[3] then isMeant = not isMeant and consumer.idle > tonumber(ARGV[3]) end
            if isMeant and consumer.pending == 0 then
                redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
                removed[#removed + 1] = consumer.name
            end
        end
        return removed
        """,
        effect: .checked
    )
}
