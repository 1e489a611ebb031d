extension RedisScript {
    /// Counts the permits that are out.
    ///
    /// - KEYS: the permits.
    /// - Reply: how many have not ended.
    /// - Complexity: O(log n) for n permits.
    package static let countPermits = RedisScript(
        ScriptParts.clock + """
            return redis.call('ZCOUNT', KEYS[1], '(' .. digits(millis), '+inf')
            """,
        effect: .readOnly
    )
}
