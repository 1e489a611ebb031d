extension ScriptParts {
    /// `millis`, the server's time, and `digits`, which writes a whole number without an exponent.
    static let clock = """
        local time = redis.call('TIME')
        local millis = time[1] * 1000 + math.floor(time[2] / 1000)
        local function digits(number) return string.format('%.0f', number) end

        """

    /// `announce(channel, isCluster, payload)`: publishes. In a cluster by a shard channel where the server has them
    /// (7.0), because a plain message goes to all nodes.
    static let announce = """
        local function announce(channel, isCluster, payload)
            local version = redis.REDIS_VERSION_NUM
            if isCluster == '1' and version and version >= 458752 then redis.pcall('SPUBLISH', channel, payload)
            else redis.pcall('PUBLISH', channel, payload) end
        end

        """

    /// `earlier(key, number)`: what a put with that number, or a later one of the same key, has replied.
    /// `remember(key, number, reply)`: keeps the reply for ten minutes.
    /// `refuse(key, number, total)`: keeps for ten minutes that there was no room, and replies it.
    ///
    /// Puts of one key follow one another. So a put that is repeated finds the reply of its first attempt, and a first
    /// attempt that the network has held up does nothing, also when its repetition has found no room: the putter goes on
    /// with another number then.
    static let memory = """
        local function earlier(key, number)
            local known = redis.call('GET', key)
            if not known then return nil end
            local words = {}
            for word in string.gmatch(known, '%S+') do words[#words + 1] = word end
            if tonumber(words[1]) < tonumber(number) then return nil end
            if words[2] == 'full' then return {0} end
            words[1] = 1
            return words
        end
        local function remember(key, number, reply)
            redis.call('SET', key, number .. ' ' .. table.concat(reply, ' ', 2), 'PX', 600000)
            return reply
        end
        local function refuse(key, number, total)
            redis.call('SET', key, number .. ' full', 'PX', 600000)
            return {0, total}
        end

        """

    /// `hasRoom(capacity, count, delayed, first)`: whether so many messages fit beside those that are delayed and those
    /// of the streams from the key `first` on; and how many there are.
    static let room = """
        local function hasRoom(capacity, count, delayed, first)
            if capacity == '0' then return true, 0 end
            local total = redis.call('ZCARD', delayed)
            for i = first, #KEYS do total = total + redis.call('XLEN', KEYS[i]) end
            return total + count <= tonumber(capacity), total
        end

        """
}
