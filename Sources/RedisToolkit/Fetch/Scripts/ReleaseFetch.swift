extension RedisScript {
    /// Gives the lock of a fetch back, if it is the leader's still, and announces how the fetch ended.
    ///
    /// - KEYS: the lock; its fence; the fence of the last fetch that was done.
    /// - ARGV: see `ScriptParts`; the leader's fence if the fetch was done, else nothing.
    /// - Reply: 1; 0 if the lock was not the leader's.
    /// - Complexity: O(1), and the publishing.
    ///
    /// That the fetch was done is kept for those who miss the message: for longer than they wait before they look.
    package static let releaseFetch = RedisScript(
        ScriptParts.announce + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            if holder ~= ARGV[1] then return 0 end
            redis.call('DEL', KEYS[1])
            local fence = ARGV[5] or ''
            if fence == '' then announce('released') return 1 end
            redis.call('SET', KEYS[3], fence, 'PX', math.max(tonumber(ARGV[2]), 60000))
            announce('fetched ' .. fence)
            return 1
            """,
        effect: .checked
    )
}
