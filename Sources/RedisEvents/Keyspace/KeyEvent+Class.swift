extension KeyspaceEvents.KeyEvent.Name {
    /// The letter in `notify-keyspace-events` that turns the event on; `nil` for an unknown name.
    var classLetter: UInt8? { Self.letters[bytes] }

    /// The known names, in no order.
    package static var known: [RedisBytes] { Array(letters.keys) }

    private static let letters: [RedisBytes: UInt8] = {
        let classes: [(StaticString, String)] = [
            ("g", "del rename_from rename_to move_from move_to copy_to restore expire persist"),
            ("$", "set setrange append incrby incrbyfloat setbit pfadd"),
            ("l", "lpush rpush lpop rpop linsert lset lrem ltrim sortstore"),
            ("s", "sadd srem spop sinterstore sunionstore sdiffstore"),
            ("h", "hset hdel hincrby hincrbyfloat hexpire hpersist hexpired"),
            ("z", "zadd zincr zrem zremrangebyscore zremrangebyrank zremrangebylex zpopmin zpopmax"),
            ("z", "zinterstore zunionstore zdiffstore zrangestore geosearchstore georadiusstore"),
            ("t", "xadd xdel xtrim xsetid xgroup-create xgroup-setid xgroup-destroy"),
            ("t", "xgroup-createconsumer xgroup-delconsumer"),
            ("x", "expired"), ("e", "evicted"), ("m", "keymiss"), ("n", "new"), ("o", "overwritten"),
            ("c", "type_changed"),
        ]
        var letters: [RedisBytes: UInt8] = [:]
        for (letter, names) in classes {
            for name in names.split(separator: " ") {
                letters[RedisBytes(String(name))] = String(describing: letter).utf8.first
            }
        }
        return letters
    }()
}
