// Parts of scripts that several of them begin with. A script that a lease is taken, renewed or given back with gets the
// same first arguments, whatever the lease is of:
//
//     ARGV[1]  the lease's token
//     ARGV[2]  the time to live in milliseconds
//     ARGV[3]  the channel on which the end of a lease is told
//     ARGV[4]  1 in a cluster, else 0
enum ScriptParts {
    /// `micros` and `millis`, the server's time, and `digits`, which writes a whole number without an exponent.
    static let clock = """
        local time = redis.call('TIME')
        local micros = time[1] * 1000000 + time[2]
        local millis = math.floor(micros / 1000)
        local function digits(number) return string.format('%.0f', number) end

        """

    /// `fence(key, token)`: the fence of the grant to that token, and the same one if the last grant was to it.
    ///
    /// It is more than the last one, and at least the server's time in microseconds: so it rises as well where the key
    /// was removed, or was lost with a primary whose replicas did not have it yet. The key is kept for a week after the
    /// last grant, so that names that are used once cost no memory for ever.
    static let fence = """
        local function fence(key, token)
            local last = redis.call('GET', key)
            local number, owner
            if last then number, owner = string.match(last, '^(%d+) (.*)$') end
            if owner == token then return number end
            local next = digits(math.max((tonumber(number) or 0) + 1, micros))
            redis.call('SET', key, next .. ' ' .. token, 'PX', 604800000)
            return next
        end

        """

    /// `announce(payload)`: publishes on the channel. In a cluster by a shard channel where the server has them (7.0),
    /// because a plain message goes to all nodes. A user who may not publish may still give a lease back.
    static let announce = """
        local function announce(payload)
            local version = redis.REDIS_VERSION_NUM
            if ARGV[4] == '1' and version and version >= 458752 then redis.pcall('SPUBLISH', ARGV[3], payload)
            else redis.pcall('PUBLISH', ARGV[3], payload) end
        end

        """
}
