extension RedisScript {
    /// Reads how far the limits of a subject are ahead, and changes nothing.
    ///
    /// - KEYS: the subject.
    /// - ARGV: the count of each limit.
    /// - Reply: for each limit the microseconds and the parts.
    /// - Complexity: O(n) for n limits.
    package static let peekRate = RedisScript(
        ScriptParts.clock + ScriptParts.rates + """
            local stored, ahead = read(KEYS[1]), {}
            for i, count in ipairs(ARGV) do
                local at, part = clamped(stored[i], tonumber(count))
                ahead[#ahead + 1], ahead[#ahead + 2] = at - micros, part
            end
            return ahead
            """,
        effect: .readOnly
    )
}
