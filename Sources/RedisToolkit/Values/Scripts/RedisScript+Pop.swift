extension RedisScript {
    /// Takes the value of a key away, for servers without GETDEL.
    ///
    /// - KEYS: the key.
    /// - ARGV: none.
    /// - Reply: the value, or a null for a missing key. WRONGTYPE for a key that is no string, which stays.
    /// - Complexity: O(1).
    static let pop = RedisScript(
        """
        local value = redis.pcall('GET', KEYS[1])
        if type(value) == 'string' then redis.call('DEL', KEYS[1]) end
        return value
        """,
        effect: .accumulating
    )
}
