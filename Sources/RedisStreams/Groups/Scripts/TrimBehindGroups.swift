extension RedisScript {
    /// Trims the entries of a stream that all of its groups have acknowledged, as far as no older one is pending or was
    /// not delivered.
    ///
    /// - KEYS: the stream.
    /// - ARGV: how many entries are removed at most, where the server cannot trim by id (before Redis 6.2).
    /// - Reply: how many were removed. The server trims whole nodes of up to a hundred entries.
    /// - Complexity: O(g + n) for g groups and n removed entries.
    package static let trimBehindGroups = RedisScript(
        ScriptParts.isLess + """
            local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
            if groups.err or #groups == 0 then return 0 end
            local least
            for _, facts in ipairs(groups) do
                local group = {}
                for i = 1, #facts, 2 do group[facts[i]] = facts[i + 1] end
                -- The last delivered entry itself is kept.
                local id = group['last-delivered-id']
                if group.pending > 0 then id = redis.call('XPENDING', KEYS[1], group.name)[2] end
                if not least or isLess(id, least) then least = id end
            end
            local count = redis.pcall('XTRIM', KEYS[1], 'MINID', '~', least)
            if type(count) == 'number' then return count end
            count = 0
            for _, entry in ipairs(redis.call('XRANGE', KEYS[1], '-', least, 'COUNT', ARGV[1])) do
                if entry[1] ~= least then count = count + redis.call('XDEL', KEYS[1], entry[1]) end
            end
            return count
            """,
        effect: .lastWriteWins
    )
}
