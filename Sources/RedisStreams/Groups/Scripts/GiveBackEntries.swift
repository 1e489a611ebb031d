extension RedisScript {
    /// Gives back entries that a consumer has, so that any consumer of the group may claim them.
    ///
    /// - KEYS: the stream.
    /// - ARGV: the group; the consumer; 1 if the delivery counts as an attempt, else 0; for how many milliseconds it
    ///   shall look as if nobody had touched them; 1 if the server may have XNACK (Redis 8.8) and that is wanted, else
    ///   0; and for each entry its id and how often it was delivered. One that was delivered more often since is left
    ///   alone; 0 means that this does not matter.
    /// - Reply: 1 if the server lacks XNACK, else 0; how many entries were given back.
    /// - Complexity: O(n log p) for n ids and p pending entries.
    ///
    /// Without XNACK they belong to a consumer `(returned)` until somebody claims them.
    ///
    /// - Parameter mayRepeat: Whether it may be repeated when the link is lost.
    /// - Returns: The script.
    package static func giveBackEntries(mayRepeat: Bool) -> RedisScript { mayRepeat ? repeatableGiveBack : giveBack }

    private static let giveBack = RedisScript(giveBackText)
    private static let repeatableGiveBack = RedisScript(giveBackText, effect: .checked)

    private static let giveBackText =
        ScriptParts.owns + """
            local lacks, count = 0, 0
            for i = 6, #ARGV, 2 do
                local id, known = ARGV[i], tonumber(ARGV[i + 1])
                local deliveries = owns(id)
                if deliveries and (known == 0 or deliveries <= known) then
                    count = count + 1
                    local isBack = false
                    if ARGV[5] == '1' and lacks == 0 then
                        local mode = ARGV[3] == '1' and 'FAIL' or 'SILENT'
                        local reply = redis.pcall('XNACK', KEYS[1], ARGV[1], mode, 'IDS', 1, id)
                        if type(reply) == 'table' and reply.err then lacks = 1 else isBack = true end
                    end
                    if not isBack then
                        if ARGV[3] == '0' then deliveries = math.max(deliveries - 1, 0) end
                        redis.call('XCLAIM', KEYS[1], ARGV[1], '(returned)', 0, id, 'IDLE', ARGV[4],
                            'RETRYCOUNT', deliveries, 'JUSTID')
                    end
                end
            end
            return {lacks, count}
            """
}
