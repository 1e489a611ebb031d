extension RedisScript {
    /// Gives a permit back, if it has not ended, and announces it.
    ///
    /// - KEYS: the permits.
    /// - ARGV: see `ScriptParts`.
    /// - Reply: 1; 0 if the permit had ended.
    /// - Complexity: O(log n) for n permits, and the publishing.
    package static let releasePermit = RedisScript(
        ScriptParts.clock + ScriptParts.announce + ScriptParts.permits + """
            local wasMine = timeLeft(KEYS[1], ARGV[1]) > 0
            redis.call('ZREM', KEYS[1], ARGV[1])
            if wasMine then announce('released') end
            return wasMine and 1 or 0
            """,
        effect: .checked
    )
}
