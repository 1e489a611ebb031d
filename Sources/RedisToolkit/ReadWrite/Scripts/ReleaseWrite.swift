extension RedisScript {
    /// Gives a writer's lock back, if it is the writer's still, or takes back its wish, and announces that.
    ///
    /// - KEYS: the writer's lock; the token of a writer that waits.
    /// - ARGV: see `ScriptParts`.
    /// - Reply: 1; 0 if the lock was not the writer's.
    /// - Complexity: O(1), and the publishing.
    package static let releaseWrite = RedisScript(
        ScriptParts.announce + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            local isMine, wasWished = holder == ARGV[1], redis.call('GET', KEYS[2]) == ARGV[1]
            if isMine then redis.call('DEL', KEYS[1]) end
            if wasWished then redis.call('DEL', KEYS[2]) end
            if isMine or wasWished then announce('released') end
            return isMine and 1 or 0
            """,
        effect: .checked
    )
}
