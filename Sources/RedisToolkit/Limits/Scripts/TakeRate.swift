extension RedisScript {
    /// Takes something from all limits of a subject, or from none (GCRA, the generic cell rate algorithm).
    ///
    /// - KEYS: the subject. Its value has for each limit how far it is ahead: `<microseconds>:<part>`, as a time of the
    ///   server's clock, after which the subject has not been there at all.
    /// - ARGV: the longest wait in microseconds, 0 to take nothing ahead of time, -1 for any; and for each limit its
    ///   count, and the time of the cost and that of the burst in microseconds and parts. A microsecond has as many
    ///   parts as the limit's count, so that no rate is rounded.
    /// - Reply: `{1, microseconds to wait, time, …}` or `{0, microseconds until it is not denied, time, …}` with the
    ///   server's time in microseconds; and for each limit how far it is ahead of that, in microseconds and parts.
    /// - Complexity: O(n) for n limits. What is denied writes nothing.
    package static let takeRate = RedisScript(
        ScriptParts.clock + ScriptParts.rates + """
            local stored, ahead, changed, value, wait, last = read(KEYS[1]), {}, {}, {}, 0, 0
            for i = 1, (#ARGV - 1) / 5 do
                local count, cost, costPart, burst, burstPart = unpack(ARGV, i * 5 - 3, i * 5 + 1)
                local at, part = clamped(stored[i], tonumber(count))
                ahead[#ahead + 1], ahead[#ahead + 2] = at - micros, part
                at, part = at + cost, part + costPart
                if part >= tonumber(count) then at, part = at + 1, part - count end
                changed[#changed + 1], changed[#changed + 2] = at - micros, part
                value[i] = digits(at) .. ':' .. digits(part)
                wait = math.max(wait, at - micros - burst + (part > tonumber(burstPart) and 1 or 0))
                last = math.max(last, at - micros)
            end
            local longest = tonumber(ARGV[1])
            if wait > 0 and longest >= 0 and wait > longest then return {0, wait, micros, unpack(ahead)} end
            redis.call('SET', KEYS[1], table.concat(value, ' '), 'PX', digits(math.ceil(last / 1000) + 1))
            return {1, wait, micros, unpack(changed)}
            """,
        effect: .accumulating
    )
}

extension ScriptParts {
    /// How far the limits of a subject are ahead.
    ///
    /// - `read(key)`: for each limit `{microseconds, part}`.
    /// - `clamped(stored, count)`: both, or the time that it is now.
    ///
    /// `micros` and `digits` have to be there.
    static let rates = """
        local function read(key)
            local stored = {}
            for at, part in string.gmatch(redis.call('GET', key) or '', '(%d+):(%d+)') do
                stored[#stored + 1] = {tonumber(at), tonumber(part)}
            end
            return stored
        end
        local function clamped(stored, count)
            if not stored or stored[1] < micros then return micros, 0 end
            return stored[1], math.min(stored[2], count - 1)
        end

        """
}
