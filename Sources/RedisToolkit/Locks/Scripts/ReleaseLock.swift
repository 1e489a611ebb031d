extension RedisScript {
    /// Gives a lock back, if it is the holder's still, and announces it.
    ///
    /// - KEYS: the lock.
    /// - ARGV: see `ScriptParts`.
    /// - Reply: 1; 0 if the lock was not the holder's.
    /// - Complexity: O(1), and the publishing.
    package static let releaseLock = RedisScript(
        ScriptParts.announce + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            if holder ~= ARGV[1] then return 0 end
            redis.call('DEL', KEYS[1])
            announce('released')
            return 1
            """,
        effect: .checked
    )
}
