extension RedisScript {
    /// Begins the cooldown of all resources, or of none.
    ///
    /// - KEYS: the resources' keys.
    /// - ARGV: the time in milliseconds; a token.
    /// - Reply: `{1}`; or `{0, milliseconds until all are free, the positions of those that are not free…}`.
    /// - Complexity: O(n) for n resources.
    ///
    /// A key without a time to live is what is left of a client that died between two commands, as dkredis' can. It
    /// gets the time now, so that it ends.
    package static let takeCooldown = RedisScript(
        """
        local reply, longest = {0, 0}, 0
        for position, key in ipairs(KEYS) do
            local left = redis.call('PTTL', key)
            if left == -1 then
                redis.call('PEXPIRE', key, ARGV[1])
                left = tonumber(ARGV[1])
            end
            if left ~= -2 then
                longest = math.max(longest, left, 1)
                reply[#reply + 1] = position
            end
        end
        if #reply > 2 then
            reply[2] = longest
            return reply
        end
        for _, key in ipairs(KEYS) do redis.call('SET', key, ARGV[2], 'PX', ARGV[1]) end
        return {1}
        """,
        effect: .accumulating
    )
}
