extension RedisScript {
    /// Moves an entry that a consumer has to the dead letters of its stream.
    ///
    /// - KEYS: the stream; the stream of the dead letters.
    /// - ARGV: the group; the consumer; the id; 1 if the entry is deleted from its stream, else 0; how many dead
    ///   letters are kept; the reason.
    /// - Reply: the id of the dead letter; 1 if another consumer has the entry; 0 if nobody has it, or the stream lacks
    ///   it.
    /// - Complexity: O(log p) for p pending entries, and O(m) for m fields.
    ///
    /// A dead letter has the fields `source`, `group`, `attempts` and `reason`, and behind them those of the entry. An
    /// entry of more than 3,000 fields becomes several letters, because a script cannot give more to a command; the
    /// reply is the id of the first.
    package static let moveToDeadLetters = RedisScript(
        ScriptParts.owns + """
            local id = ARGV[3]
            local deliveries = owns(id)
            if not deliveries then return #redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1) end
            local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
            local letter
            local first = 1
            while entry and (first == 1 or first <= #entry[2]) do
                local add = {'XADD', KEYS[2], 'MAXLEN', '~', ARGV[5], '*', 'source', id, 'group', ARGV[1],
                    'attempts', deliveries, 'reason', ARGV[6]}
                for i = first, math.min(first + 5999, #entry[2]) do add[#add + 1] = entry[2][i] end
                local added = redis.call(unpack(add))
                letter = letter or added
                first = first + 6000
            end
            redis.call('XACK', KEYS[1], ARGV[1], id)
            if ARGV[4] == '1' then redis.call('XDEL', KEYS[1], id) end
            return letter or 0
            """,
        effect: .checked
    )
}
