extension RedisScript {
    /// Gives a lock back, if it is the holder's still, or a place in its queue, and tells the first one that waits.
    ///
    /// - KEYS: the lock, its queue, its turn.
    /// - ARGV: see `ScriptParts`.
    /// - Reply: 1; 0 if the lock was not the holder's.
    /// - Complexity: O(log n) for n that wait, and the publishing.
    package static let releaseFairLock = RedisScript(
        ScriptParts.clock + ScriptParts.announce + ScriptParts.fairQueue + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            local isMine = holder == ARGV[1]
            if isMine then redis.call('DEL', KEYS[1]) end
            dequeue(ARGV[1])
            if (isMine or not holder) and not callFirst() and isMine then announce('released') end
            return isMine and 1 or 0
            """,
        effect: .checked
    )
}
