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

    /// Returns what a put with the number `ARGV[1]`, or a later one of the same key, has replied: `KEYS[1]` keeps it
    /// for ten minutes.
    ///
    /// Puts of one key follow one another. So a put that is repeated finds the reply of its first attempt, and a first
    /// attempt that the network has held up does nothing, also when its repetition has found no room: the putter goes
    /// on with another number then.
    static let memory = """
        local known = redis.call('GET', KEYS[1])
        if known and tonumber(string.match(known, '^%d+')) >= tonumber(ARGV[1]) then
            local words = {}
            for word in string.gmatch(known, '%S+') do words[#words + 1] = word end
            if words[2] == 'full' then return {0} end
            words[1] = 1
            return words
        end

        """

    /// Returns that there is no room, and how many messages there are, unless so many fit beside those that are delayed
    /// and those of the streams.
    ///
    /// - Parameter count: An expression for how many.
    /// - Returns: The part.
    static func room(for count: String) -> String {
        """
        if ARGV[2] ~= '0' then
            local total = redis.call('ZCARD', KEYS[2])
            for i = 3, #KEYS do total = total + redis.call('XLEN', KEYS[i]) end
            if total + \(count) > tonumber(ARGV[2]) then
                redis.call('SET', KEYS[1], ARGV[1] .. ' full', 'PX', 600000)
                return {0, total}
            end
        end

        """
    }
}
