extension RedisScript {
    /// Takes the lock for a writer, if nobody has it. A writer that waits keeps new readers out.
    ///
    /// - KEYS: the writer's lock; the readers; the token of a writer that waits; the fence.
    /// - ARGV: see `ScriptParts`; and 1 to wait, else 0.
    /// - Reply: that of `acquireLock`. A writer that waits is told to ask again after a third of its time to live at
    ///   the latest, because its wish is kept for that time.
    /// - Complexity: O(log n) for n readers, and for each that has ended.
    package static let acquireWrite = RedisScript(
        ScriptParts.clock + ScriptParts.fence + ScriptParts.permits + """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return holder end
            local failure = removeEnded(KEYS[2])
            if failure then return failure end
            local wait, silent
            if holder and holder ~= ARGV[1] then
                local owner = string.match(redis.call('GET', KEYS[4]) or '', ' (.*)$')
                wait, silent = redis.call('PTTL', KEYS[1]), owner == holder and 0 or 1
            elseif redis.call('ZCARD', KEYS[2]) > 0 then
                local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')[2]
                wait, silent = tonumber(last) - millis, 0
            end
            if wait then
                if ARGV[5] == '1' then
                    redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
                    local third = math.floor(tonumber(ARGV[2]) / 3)
                    wait = wait < 0 and third or math.min(wait, third)
                end
                return {0, wait, silent}
            end
            if redis.call('GET', KEYS[3]) == ARGV[1] then redis.call('DEL', KEYS[3]) end
            local number = fence(KEYS[4], ARGV[1])
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            return {1, number}
            """,
        effect: .checked
    )
}
