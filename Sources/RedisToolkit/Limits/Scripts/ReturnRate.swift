extension RedisScript {
    /// Gives back to all limits of a subject what was taken and not used.
    ///
    /// - KEYS: the subject.
    /// - ARGV: one that is not used; and for each limit as for `takeRate`.
    /// - Reply: 1.
    /// - Complexity: O(n) for n limits.
    package static let returnRate = RedisScript(
        ScriptParts.clock + ScriptParts.rates + """
            local stored, value, last = read(KEYS[1]), {}, 0
            for i = 1, (#ARGV - 1) / 5 do
                local count, cost, costPart = unpack(ARGV, i * 5 - 3, i * 5 - 1)
                local at, part = clamped(stored[i], tonumber(count))
                at, part = at - cost, part - costPart
                if part < 0 then at, part = at - 1, part + count end
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
