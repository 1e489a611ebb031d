extension RedisScript {
    /// Gives back to all limits of a subject what was taken and not used, but what others have built upon: a turn that
    /// was reserved later stays where it is, and its time must not be given to anybody else as well.
    ///
    /// - KEYS: the subject.
    /// - ARGV: for each limit its count, the time of the cost in microseconds and parts, and the time up to which the
    ///   limit was taken then, likewise.
    /// - Reply: 1.
    /// - Complexity: O(n) for n limits.
    package static let returnRate = RedisScript(
        ScriptParts.clock + ScriptParts.rates + """
            local stored, value, last = read(KEYS[1]), {}, 0
            for i = 1, #ARGV / 5 do
                local count, cost, costPart, ends, endsPart = unpack(ARGV, i * 5 - 4, i * 5)
                local at, part = clamped(stored[i], tonumber(count))
                -- What was taken since. Less than nothing means that what we took is not there any more.
                local since, sincePart = at - ends, part - endsPart
                if sincePart < 0 then since, sincePart = since - 1, sincePart + count end
                local rest, restPart = cost - since, costPart - sincePart
                if restPart < 0 then rest, restPart = rest - 1, restPart + count end
                if since >= 0 and rest >= 0 then
                    at, part = at - rest, part - restPart
                    if part < 0 then at, part = at - 1, part + count end
                end
                if at < micros then at, part = micros, 0 end
                value[i] = digits(at) .. ':' .. digits(part)
                last = math.max(last, at - micros)
            end
            if last == 0 then redis.call('DEL', KEYS[1])
            else redis.call('SET', KEYS[1], table.concat(value, ' '), 'PX', digits(math.ceil(last / 1000) + 1)) end
            return 1
            """,
        effect: .accumulating
    )
}
