extension RedisScript {
    /// Gives a permit back, if it has not ended, or a place in the queue, and tells the first one that waits.
    ///
    /// - KEYS: the permits, their queue, their turn.
    /// - ARGV: see `ScriptParts`; the limit.
    /// - Reply: 1; 0 if the permit had ended.
    /// - Complexity: O(log n) for n permits and for n that wait, and the publishing.
    package static let releaseFairPermit = RedisScript(
        ScriptParts.clock + ScriptParts.announce + ScriptParts.permits + ScriptParts.fairQueue + """
            local wasMine = timeLeft(KEYS[1], ARGV[1]) > 0
            redis.call('ZREM', KEYS[1], ARGV[1])
            dequeue(ARGV[1])
            if redis.call('ZCARD', KEYS[1]) < tonumber(ARGV[5]) and not callFirst() and wasMine then
                announce('released')
            end
            return wasMine and 1 or 0
            """,
        effect: .checked
    )
}
