extension RedisScript {
    /// Moves an entry that a consumer has to the dead letters of its stream.
    ///
    /// - KEYS: the stream; the stream of the dead letters.
    /// - ARGV: the group; the consumer; the id; 1 if the entry is deleted from its stream, else 0; how many dead letters
    ///   are kept; the reason.
    /// - Reply: the id of the dead letter; nothing if the consumer does not have the entry, or the stream lacks it.
    /// - Complexity: O(log p) for p pending entries, and O(m) for m fields.
    ///
    /// A dead letter has the fields `source`, `group`, `attempts` and `reason`, and behind them those of the entry.
    package static let moveToDeadLetters = RedisScript(
        ScriptParts.owns + """
            local id = ARGV[3]
            local deliveries = owns(id)
            if not deliveries then return nil end
            local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
            local letter = false
            if entry then
                local add = {'XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'source', id, 'group', ARGV[1],
                    'attempts', deliveries, 'reason', ARGV[6]}
                for _, part in ipairs(entry[2]) do add[#add + 1] = part end
                letter = redis.call(unpack(add))
            end
            redis.call('XACK', KEYS[1], ARGV[1], id)
            if ARGV[4] == '1' then redis.call('XDEL', KEYS[1], id) end
            return letter
            """,
        effect: .checked
    )
}
