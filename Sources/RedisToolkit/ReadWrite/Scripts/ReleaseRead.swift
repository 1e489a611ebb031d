extension RedisScript {
    /// Lets a reader out, if its lease has not ended, and announces it if it was the last one.
    ///
    /// - KEYS: the readers.
    /// - ARGV: see `ScriptParts`.
    /// - Reply: 1; 0 if the lease had ended.
    /// - Complexity: O(log n) for n readers, for each that has ended, and the publishing.
    package static let releaseRead = RedisScript(
        ScriptParts.clock + ScriptParts.announce + ScriptParts.permits + """
            local failure = removeEnded(KEYS[1])
            if failure then return failure end
            local count = redis.call('ZREM', KEYS[1], ARGV[1])
            if count == 1 and redis.call('ZCARD', KEYS[1]) == 0 then announce('released') end
            return count
            """,
        effect: .checked
    )
}
