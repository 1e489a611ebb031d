extension RedisScript {
    /// Begins the time of entries anew that a consumer has, so that they do not go to others.
    ///
    /// - KEYS: the stream.
    /// - ARGV: the group, the consumer, the ids.
    /// - Reply: for each id 1 if its time was extended; 0 if the entry was removed from the stream, so that nobody gets
    ///   it any more; -1 if the consumer does not have it: another one has it, or it was acknowledged.
    /// - Complexity: O(n log p) for n ids and p pending entries.
    package static let extendEntries = RedisScript(
        ScriptParts.owns + """
            local reply = {}
            for i = 3, #ARGV do
                local id = ARGV[i]
                reply[i - 2] = -1
                if owns(id) then
                    local claimed = redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, id, 'JUSTID')
                    reply[i - 2] = #claimed
                end
            end
            return reply
            """,
        effect: .lastWriteWins
    )
}

enum ScriptParts {
    /// `owns(id)`: how often an entry was delivered that is pending with the consumer `ARGV[2]` of the group `ARGV[1]`;
    /// `nil` if it is not.
    static let owns = """
        local function owns(id)
            local pending = redis.call('XPENDING', KEYS[1], ARGV[1], id, id, 1, ARGV[2])[1]
            return pending and pending[4]
        end

        """
}
