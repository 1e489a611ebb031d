extension RedisScript {
    /// Moves messages that are due into their streams.
    ///
    /// - KEYS: the delayed messages; the periodic ones; the streams of all priorities.
    /// - ARGV: how many at most.
    /// - Reply: how many were moved; and after how many milliseconds the next one is due, -1 if there is none.
    /// - Complexity: O(n log d) for n moved and d delayed messages.
    ///
    /// A periodic message that is late is moved once, and its next time is the first one to come.
    package static let moveDue = RedisScript(
        ScriptParts.clock + """
            -- A consumer with fewer priorities loses none.
            local function streamOf(index) return KEYS[2 + index] or KEYS[3] end
            local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', digits(millis), 'WITHSCORES', 'LIMIT', 0, ARGV[1])
            for i = 1, #due, 2 do
                local member, score = due[i], tonumber(due[i + 1])
                if string.sub(member, 1, 1) == '@' then
                    local words = redis.call('HGET', KEYS[2], string.sub(member, 2))
                    local every, index, message
                    if words then every, index, message = string.match(words, '^(%d+) (%d+) (.*)$') end
                    if message then
                        redis.call('XADD', streamOf(index), '*', 'p', message)
                        local missed = math.floor((millis - score) / every)
                        redis.call('ZADD', KEYS[1], digits(score + every * (missed + 1)), member)
                    else
                        redis.call('ZREM', KEYS[1], member)
                    end
                else
                    local index, message = string.match(member, '^%S+ (%d+) (.*)$')
                    if index then
                        redis.call('XADD', streamOf(index), '*', 'p', message)
                    end
                    redis.call('ZREM', KEYS[1], member)
                end
            end
            local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
            return {#due / 2, first and math.max(tonumber(first) - millis, 0) or -1}
            """,
        effect: .checked
    )
}
