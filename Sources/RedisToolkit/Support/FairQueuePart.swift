extension ScriptParts {
    /// The queue of a fair lock. The last two keys are the queue, a sorted set of the tokens that wait, by the time in
    /// microseconds at which they came; and the turn, `<milliseconds> <token>`: until when it is whose turn.
    ///
    /// - `enqueue(token)`: puts a token at the end, if it is not in the queue.
    /// - `first()`: the token whose turn it is or will be, and for how many milliseconds it still is; without the
    ///   number it was not told yet. It removes those who have not taken their turn.
    /// - `callFirst()`: tells the first one, if it was not told yet. Returns for how many milliseconds it is its turn;
    ///   nothing if nobody waits.
    /// - `dequeue(token)`: removes a token, and its turn.
    ///
    /// `millis`, `micros`, `digits` and `announce` have to be there. Both keys are kept for a day at most. O(log n) for
    /// n tokens, and for each that is removed.
    static let fairQueue = """
        local queue, turn = KEYS[#KEYS - 1], KEYS[#KEYS]
        local day = 86400000
        local function owner()
            local value = redis.call('GET', turn)
            if value then return string.match(value, '^(%d+) (.*)$') end
        end
        local function enqueue(token)
            if not redis.call('ZSCORE', queue, token) then
                local last = redis.call('ZRANGE', queue, -1, -1, 'WITHSCORES')[2]
                redis.call('ZADD', queue, digits(math.max(micros, (tonumber(last) or 0) + 1)), token)
            end
            redis.call('PEXPIRE', queue, day)
        end
        local function first()
            while true do
                local head = redis.call('ZRANGE', queue, 0, 0)[1]
                if not head then return nil end
                local lapse, called = owner()
                if called ~= head then return head, nil end
                if millis < tonumber(lapse) then return head, tonumber(lapse) - millis end
                redis.call('ZREM', queue, head)
            end
        end
        local function callFirst()
            local head, left = first()
            if not head or left then return left end
            redis.call('SET', turn, digits(millis + 5000) .. ' ' .. head, 'PX', day)
            announce('turn ' .. head)
            return 5000
        end
        local function dequeue(token)
            redis.call('ZREM', queue, token)
            local _, called = owner()
            if called == token then redis.call('DEL', turn) end
        end

        """
}
