extension RedisScript {
    /// Appends messages to a channel's stream, trims the stream, and publishes each message with the id of its entry,
    /// the id of the entry before, and its number.
    ///
    /// - KEYS: the stream, whose name is the channel's too; the key that tells that this publish was repeated.
    /// - ARGV: 1 to publish by a shard channel where the server has them (7.0), else 0; how the stream is trimmed
    ///   (`MAXLEN`, `MINID`, `BYTES`, or nothing), and to what (a length, milliseconds, bytes); 1 if an earlier attempt
    ///   may have run, else 0; how many milliseconds ago the other attempt may have run at most; then for each message
    ///   a token and the payload.
    /// - Reply: the ids of the messages.
    /// - Complexity: O(n) for n messages, and what PUBLISH takes. A repeated publish looks at the entries of the time
    ///   since its first attempt as well.
    ///
    /// The number of a message is one more than that of the message before it, which is nearly always the last entry.
    /// An entry that something else has appended has no number.
    ///
    /// The first message of a stream gets an id whose sequence is drawn by its token: a channel that is deleted and
    /// begun again, even within the same millisecond, has other ids then than it had, and whoever reads it notices.
    package static let publishDurable = RedisScript(
        """
        local stream, guard = KEYS[1], KEYS[2]
        -- The id and the number of the message before these.
        local last, number
        local entry = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
        if entry then
            local fields = entry[2]
            last = entry[1]
            if fields[1] == 'n' and fields[3] == 't' and fields[5] == 'p' and #fields[2] <= 15
                and string.find(fields[2], '^%d+$') then number = tonumber(fields[2]) end
        end
        local place = '*'
        -- What another attempt has appended, by its token.
        local appended = {}

        -- What is seldom needed is defined here: a server makes the functions of a script anew each time it runs.
        if not number or ARGV[4] == '1' or redis.call('EXISTS', guard) == 1 then
            local function digits(value) return string.format('%.0f', value) end
            local function millis()
                local time = redis.call('TIME')
                return time[1] * 1000 + math.floor(time[2] / 1000)
            end

            -- Calls body with the fields of each entry down to an id, the latest first, until it returns something.
            local function search(oldest, body)
                local from, count = '+', 1
                while true do
                    local entries = redis.call('XREVRANGE', stream, from, oldest, 'COUNT', count)
                    for _, entry in ipairs(entries) do
                        if entry[1] ~= from then
                            local fields = {}
                            for index = 1, #entry[2], 2 do fields[entry[2][index]] = entry[2][index + 1] end
                            local found = body(entry[1], fields)
                            if found then return found end
                        end
                    end
                    if #entries < count or entries[#entries][1] == from then return nil end
                    -- The next page begins with this one, which is passed over.
                    from, count = entries[#entries][1], 100
                end
            end

            if ARGV[4] == '1' or redis.call('EXISTS', guard) == 1 then
                local wanted, left = {}, 0
                for index = 6, #ARGV, 2 do wanted[ARGV[index]], left = true, left + 1 end
                search(digits(math.max(millis() - ARGV[5], 0)), function(id, fields)
                    if fields.t and wanted[fields.t] and not appended[fields.t] then
                        appended[fields.t], left = id, left - 1
                    end
                    return left == 0
                end)
                -- A first attempt that the network has held up finds this, and looks too.
                if ARGV[4] == '1' then redis.call('SET', guard, 1, 'PX', 600000) end
            end

            number = number or search('-', function(_, fields)
                local text = fields.n
                local isOurs = text and fields.t and fields.p
                if isOurs and #text <= 15 and string.find(text, '^%d+$') then return tonumber(text) end
            end) or 0
            if not last and redis.call('EXISTS', stream) == 0 then
                -- Servers draw the same numbers for each script, so it is drawn from what nobody else uses.
                local random = string.sub(redis.sha1hex(ARGV[6]), 1, 8)
                place = digits(millis()) .. '-' .. digits(tonumber(random, 16))
            elseif not last then
                -- All entries were removed.
                local facts = redis.call('XINFO', 'STREAM', stream)
                for index = 1, #facts, 2 do
                    if facts[index] == 'last-generated-id' then last = facts[index + 1] end
                    if facts[index] == 'entries-added' then number = facts[index + 1] end
                end
            end
        end
        last = last or '0-0'

        local add
        if ARGV[2] == 'MAXLEN' then add = {'XADD', stream, 'MAXLEN', '~', ARGV[3], place, 'n', '', 't', '', 'p', ''}
        elseif ARGV[2] == 'MINID' then
            local time = redis.call('TIME')
            local oldest = math.max(time[1] * 1000 + math.floor(time[2] / 1000) - ARGV[3], 0)
            add = {'XADD', stream, 'MINID', '~', string.format('%.0f', oldest), place, 'n', '', 't', '', 'p', ''}
        else
            add = {'XADD', stream, place, 'n', '', 't', '', 'p', ''}
        end
        local base = #add - 7
        local publish = 'PUBLISH'
        if ARGV[1] == '1' then
            local version = redis.REDIS_VERSION_NUM
            if version and version >= 458752 then publish = 'SPUBLISH' end
        end
        local reply = {}
        for index = 6, #ARGV, 2 do
            local token, payload = ARGV[index], ARGV[index + 1]
            local id = appended[token]
            if not id then
                number = number + 1
                local text = string.format('%.0f', number)
                add[base + 3], add[base + 5], add[base + 7] = text, token, payload
                id = redis.call(unpack(add))
                add[base + 1] = '*'
                redis.call(publish, stream, id .. ' ' .. last .. ' ' .. text .. ' ' .. payload)
                last = id
                if ARGV[2] == 'BYTES' and number % 64 == 0 then
                    -- A user who may not ask keeps all.
                    local used = redis.pcall('MEMORY', 'USAGE', stream)
                    if type(used) == 'number' and used > tonumber(ARGV[3]) then
                        local kept = math.max(math.floor(redis.call('XLEN', stream) * ARGV[3] / used), 1)
                        redis.call('XTRIM', stream, 'MAXLEN', '~', string.format('%.0f', kept))
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
