extension RedisScript {
    /// Ends the cooldown of the resources that still have it from that token.
    ///
    /// - KEYS: the resources' keys.
    /// - ARGV: the token.
    /// - Reply: how many have ended.
    /// - Complexity: O(n) for n resources.
    package static let endCooldown = RedisScript(
        """
        local count = 0
        for _, key in ipairs(KEYS) do
            if redis.call('GET', key) == ARGV[1] then count = count + redis.call('DEL', key) end
        end
        return count
        """,
        effect: .checked
    )
}
