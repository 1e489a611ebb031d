extension RedisScript {
    /// Acknowledges entries, and deletes them from their stream.
    ///
    /// - KEYS: the stream.
    /// - ARGV: the group; a channel on which it is told that entries were deleted, empty for none; 1 in a cluster, else
    ///   0; the ids in ascending order.
    /// - Reply: for each id 1 if it was pending, else 0.
    /// - Complexity: O(n log p) for n ids and p pending entries, if the stream begins with them; each id that lies
    ///   behind a pending entry costs a walk through its node, of a hundred entries by default, and so does each of
    ///   fewer than eight.
    ///
    /// A stream that begins with these entries is trimmed up to the oldest one that is pending: what stands before that
    /// was acknowledged, or XGROUP SETID or DELCONSUMER has taken it from the group. That is only so for a group that
    /// counts all of these as pending: one that was made anew, or that a failover has set back, may deliver the others
    /// again.
    package static let acknowledgeAndDelete = RedisScript(
        ScriptParts.isLess + ScriptParts.announce + """
            local reply, count = {}, 0
            for i = 4, #ARGV do
                reply[i - 3] = redis.call('XACK', KEYS[1], ARGV[1], ARGV[i])
                count = count + reply[i - 3]
            end
            -- The first of those that are left to be deleted one by one. For a few that costs less than to look around.
            local rest, few = 4, 8
            if count >= few and count == #reply then
                local oldest = redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1)[1]
                local least = oldest and oldest[1] or ARGV[#ARGV]
                local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
                if first and not isLess(first[1], ARGV[4]) then
                    -- Before Redis 6.2 the server cannot trim by id.
                    if type(redis.pcall('XTRIM', KEYS[1], 'MINID', '=', least)) == 'number' then
                        rest = #ARGV + 1
                        while rest > 4 and not isLess(ARGV[rest - 1], least) do rest = rest - 1 end
                    end
                end
            end
            if rest <= #ARGV then redis.call('XDEL', KEYS[1], unpack(ARGV, rest)) end
            if ARGV[2] ~= '' then announce(ARGV[2], ARGV[3], 'room') end
            return reply
            """,
        // Twice ends in the same state as once, but the second reply tells nothing of the first.
        effect: .accumulating
    )
}

extension ScriptParts {
    /// `isLess(a, b)`: whether an id is below another one. Ids may be larger than what Lua counts exactly, so digits
    /// are compared.
    static let isLess = """
        local function parts(id)
            local millis, number = string.match(id, '^(%d+)-(%d+)$')
            return millis, number
        end
        local function isLess(a, b)
            local am, an = parts(a)
            local bm, bn = parts(b)
            if am ~= bm then
                if #am ~= #bm then return #am < #bm end
                return am < bm
            end
            if #an ~= #bn then return #an < #bn end
            return an < bn
        end

        """
}
