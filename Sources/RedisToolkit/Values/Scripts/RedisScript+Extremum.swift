extension RedisScript {
    /// Sets a key to a number if that is greater, or less, than the one that it has.
    ///
    /// Integers are compared digit by digit, because a number of Lua is exact up to 2⁵³ alone. Others are compared as
    /// doubles. The time to live is kept by hand, because KEEPTTL needs Redis 6.0.
    ///
    /// - KEYS: the key.
    /// - ARGV: the number; `max` or `min`; `integer` or `double`.
    /// - Reply: whether the key was set, 1 or 0, and what it has now. WRONGTYPE for a key that is no string, `ERR` for
    ///   one whose value is no such number; nothing is changed then.
    /// - Complexity: O(1), for a number's digits are few: longer values are refused.
    package static let extremum = RedisScript(
        """
        local new, kind, form = ARGV[1], ARGV[2], ARGV[3]
        local old = redis.pcall('GET', KEYS[1])
        if type(old) == 'table' then return old end

        local function isInteger(text) return #text <= 20 and text:find('^-?%d+$') ~= nil end
        local function number(text)
            if #text > 400 or text:find('[%sxX]') then return nil end
            if text:find('^[-+]?[%d.]') or text:find('^[-+]?inf$') then return tonumber(text) end
        end
        local function lessDigits(a, b)
            if #a ~= #b then return #a < #b end
            return a < b
        end
        local function lessInteger(a, b)
            local signA, digitsA = a:match('^(-?)0*(%d+)$')
            local signB, digitsB = b:match('^(-?)0*(%d+)$')
            if digitsA == '0' then signA = '' end
            if digitsB == '0' then signB = '' end
            if signA ~= signB then return signA == '-' end
            if signA == '-' then return lessDigits(digitsB, digitsA) end
            return lessDigits(digitsA, digitsB)
        end

        if old then
            local a, b = old, new
            if kind == 'min' then a, b = new, old end
            local isLess
            if form == 'integer' then
                if not isInteger(old) then return redis.error_reply('ERR the value of the key is not an integer') end
                isLess = lessInteger(a, b)
            else
                if not number(old) then return redis.error_reply('ERR the value of the key is not a number') end
                isLess = number(a) < number(b)
            end
            if not isLess then return {0, old} end
        end
        local ttl = redis.call('PTTL', KEYS[1])
        -- A key in its last millisecond has 0 left.
        if ttl >= 0 then redis.call('SET', KEYS[1], new, 'PX', math.max(ttl, 1))
        else redis.call('SET', KEYS[1], new) end
        return {1, new}
        """,
        effect: .accumulating
    )
}
