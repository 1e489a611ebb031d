extension RedisScript {
    /// Appends messages to a channel's stream, trims the stream, and publishes each message with the id of its entry, the
    /// id of the entry before, and its number.
    ///
    /// - KEYS: the stream, whose name is the channel's too; the key that tells that a publisher has repeated something.
    /// - ARGV: 1 to publish by a shard channel where the server has them (7.0), else 0; how the stream is trimmed (`MAXLEN`, `MINID`, `BYTES`, or
    ///   nothing), and to what (a length, milliseconds, bytes); 1 if an earlier attempt may have run, else 0; the number
    ///   of milliseconds for which such an attempt may still come; then for each message a token and the payload.
    /// - Reply: the ids of the messages.
    /// - Complexity: O(n) for n messages, and what PUBLISH takes; in addition O(m) for m entries of the last minutes
    ///   after an attempt whose outcome is unknown.
    ///
    /// The number of a message is one more than that of the message before it, which is nearly always the last entry. An
    /// entry that something else has appended has no number.
    package static let publishDurable = RedisScript(
        """
        local stream, guard = KEYS[1], KEYS[2]
        local function field(entry, name)
            for index = 1, #entry[2], 2 do
                if entry[2][index] == name then return entry[2][index + 1] end
            end
        end
        local function digits(number) return string.format('%.0f', number) end

        -- What an attempt appended that came before this one or has been repeated already, by its token.
        local appended = {}
        if ARGV[4] == '1' or redis.call('EXISTS', guard) == 1 then
            local wanted, left = {}, 0
            for index = 6, #ARGV, 2 do wanted[ARGV[index]], left = true, left + 1 end
            local time = redis.call('TIME')
            local oldest = digits(time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[5])
            local from = '+'
            while left > 0 do
                local entries = redis.call('XREVRANGE', stream, from, oldest, 'COUNT', 100)
                for index, entry in ipairs(entries) do
                    local token = field(entry, 't')
                    if token and wanted[token] and not appended[token] then
                        appended[token], left = entry[1], left - 1
                    end
                end
                if #entries < 100 then break end
                local milliseconds, sequence = string.match(entries[100][1], '^(%d+)-(%d+)$')
                if sequence == '0' then from = digits(milliseconds - 1)
                else from = milliseconds .. '-' .. digits(sequence - 1) end
            end
            if ARGV[4] == '1' then redis.call('SET', guard, 1, 'PX', ARGV[5]) end
        end

        local last, number = '0-0', 0
        local from, isFirst = '+', true
        while true do
            local entries = redis.call('XREVRANGE', stream, from, '-', 'COUNT', isFirst and 1 or 100)
            local found
            for _, entry in ipairs(entries) do
                if isFirst then last, isFirst = entry[1], false end
                found = tonumber(field(entry, 'n') or '')
                if found then break end
            end
            if found or #entries == 0 then
                number = found or 0
                break
            end
            local milliseconds, sequence = string.match(entries[#entries][1], '^(%d+)-(%d+)$')
            if sequence ~= '0' then from = milliseconds .. '-' .. digits(sequence - 1)
            elseif milliseconds ~= '0' then from = digits(milliseconds - 1)
            else break end
        end

        local limit = {}
        if ARGV[2] == 'MAXLEN' then limit = {'MAXLEN', '~', ARGV[3]}
        elseif ARGV[2] == 'MINID' then
            local time = redis.call('TIME')
            limit = {'MINID', '~', digits(math.max(time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[3], 0))}
        end
        local add = {'XADD', stream, unpack(limit)}
        local base = #add
        add[base + 1], add[base + 2], add[base + 4], add[base + 6] = '*', 'n', 't', 'p'
        local publish, version = 'PUBLISH', redis.REDIS_VERSION_NUM
        if ARGV[1] == '1' and version and version >= 458752 then publish = 'SPUBLISH' end
        local reply = {}
        for index = 6, #ARGV, 2 do
            local token, payload = ARGV[index], ARGV[index + 1]
            local id = appended[token]
            if not id then
                number = number + 1
                local text = digits(number)
                add[base + 3], add[base + 5], add[base + 7] = text, token, payload
                id = redis.call(unpack(add))
                redis.call(publish, stream, id .. ' ' .. last .. ' ' .. text .. ' ' .. payload)
                last = id
                if ARGV[2] == 'BYTES' and number % 64 == 0 then
                    local used = redis.call('MEMORY', 'USAGE', stream)
                    if used > tonumber(ARGV[3]) then
                        local kept = math.max(math.floor(redis.call('XLEN', stream) * ARGV[3] / used), 1)
                        redis.call('XTRIM', stream, 'MAXLEN', '~', digits(kept))
                    end
                end
            end
            reply[#reply + 1] = id
        end
        return reply
        """,
        effect: .accumulating
    )
}
