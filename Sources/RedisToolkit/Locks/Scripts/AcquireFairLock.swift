extension RedisScript {
    /// Takes a lock if nobody has it and nobody else has waited longer.
    ///
    /// - KEYS: the lock, its fence, its queue, its turn.
    /// - ARGV: see `ScriptParts`; and 1 to wait in the queue, else 0.
    /// - Reply: that of `acquireLock`.
    /// - Complexity: O(log n) for n that wait.
    package static let acquireFairLock = RedisScript(
        ScriptParts.clock + ScriptParts.fence + ScriptParts.announce + ScriptParts.fairQueue + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            if holder and holder ~= ARGV[1] then
                if ARGV[5] == '1' then enqueue(ARGV[1]) end
                local owner = string.match(redis.call('GET', KEYS[2]) or '', ' (.*)$')
                return {0, redis.call('PTTL', KEYS[1]), owner == holder and 0 or 1}
            end
            local head = first()
            if not holder and head and head ~= ARGV[1] then
                if ARGV[5] == '1' then enqueue(ARGV[1]) end
                return {0, callFirst(), 0}
            end
            dequeue(ARGV[1])
            local number = fence(KEYS[2], ARGV[1])
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            return {1, number}
            """,
        effect: .checked
    )
}
