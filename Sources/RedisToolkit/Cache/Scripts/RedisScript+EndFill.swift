internal import RedisCommands

extension RedisScript {
    /// Stores what was computed, if its computer still has the right to it, and gives that back.
    ///
    /// - KEYS: the value; the lease of the one that computes it.
    /// - ARGV: see `ScriptParts`; the value and the milliseconds to keep it for, or neither when there is no value.
    /// - Reply: 1; 0 if the right was lost, and nothing was stored then.
    /// - Complexity: O(1), and the publishing, which wakes those who wait for the value.
    static let endFill = RedisScript(
        ScriptParts.announce + """
            local holder = redis.pcall('GET', KEYS[2])
            if type(holder) == 'table' then return holder end
            if holder ~= ARGV[1] then return 0 end
            if ARGV[6] then redis.call('SET', KEYS[1], ARGV[5], 'PX', ARGV[6]) end
            redis.call('DEL', KEYS[2])
            announce('released')
            return 1
            """,
        effect: .checked
    )
}
