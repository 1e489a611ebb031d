extension RedisScript {
    /// Prolongs a permit, or the lease of a reader, if it has not ended.
    ///
    /// - KEYS: the permits.
    /// - ARGV: see `ScriptParts`; and how, as for `renewLock`.
    /// - Reply: the milliseconds that are left now; 0 if it has ended.
    /// - Complexity: O(log n) for n permits.
    package static let renewPermit = RedisScript(
        ScriptParts.clock + ScriptParts.permits + """
            local left = timeLeft(KEYS[1], ARGV[1])
            if left == 0 then return 0 end
            local wanted = tonumber(ARGV[2])
            if ARGV[5] == 'add' then wanted = left + wanted
            elseif ARGV[5] == 'least' then wanted = math.max(left, wanted) end
            grant(KEYS[1], ARGV[1], wanted)
            return wanted
            """,
        effect: .accumulating
    )
}
