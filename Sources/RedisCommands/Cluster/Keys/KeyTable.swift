/// The commands whose keys are known without asking a server: those of Redis 8.6 and Valkey 9.1 that clients use. The
/// tests compare the table with the servers' replies.
package enum KeyTable {
    /// The rules by the name in capitals.
    package static let rules: [String: KeyRule] = {
        var rules: [String: KeyRule] = [:]
        for (names, rule) in groups {
            for name in names.split(whereSeparator: \.isWhitespace) { rules[String(name)] = rule }
        }
        return rules
    }()

    private static let second = KeyRule.range(first: 2, last: 2, step: 1)

    private static let groups: [(String, KeyRule)] = [
        (
            """
            ACL AUTH BGREWRITEAOF BGSAVE CLIENT CLUSTER COMMAND CONFIG DBSIZE ECHO FLUSHALL FLUSHDB FUNCTION HELLO INFO KEYS
            LASTSAVE LATENCY LOLWUT MODULE MONITOR PING PSUBSCRIBE PUBLISH PUBSUB PUNSUBSCRIBE QUIT RANDOMKEY RESET ROLE SAVE
            SCAN SCRIPT SELECT SLOWLOG SUBSCRIBE TIME UNSUBSCRIBE WAIT WAITAOF
            """,
            .none
        ),
        (
            """
            APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS DECR DECRBY DELEX DELIFEQ DIGEST DUMP EXPIRE EXPIREAT EXPIRETIME
            GEOADD GEODIST GEOHASH GEOPOS GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH GET GETBIT GETDEL GETEX GETRANGE
            GETSET HDEL HEXISTS HEXPIRE HEXPIREAT HEXPIRETIME HGET HGETALL HGETDEL HGETEX HINCRBY HINCRBYFLOAT HKEYS
            HLEN HMGET HMSET HPERSIST HPEXPIRE HPEXPIREAT HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSET HSETEX HSETNX HSTRLEN
            HTTL HVALS INCR INCRBY INCRBYFLOAT LINDEX LINSERT LLEN LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM PERSIST
            PEXPIRE PEXPIREAT PEXPIRETIME PFADD PSETEX PTTL RESTORE RPOP RPUSH RPUSHX SADD SCARD SET SETBIT SETEX SETNX
            SETRANGE SISMEMBER SMEMBERS SMISMEMBER SORT_RO SPOP SPUBLISH SRANDMEMBER SREM SSCAN STRLEN SUBSTR TTL TYPE
            XACK XACKDEL XADD XAUTOCLAIM XCFGSET XCLAIM XDEL XDELEX XLEN XPENDING XRANGE XREVRANGE XSETID XTRIM ZADD
            ZCARD ZCOUNT ZINCRBY ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANK
            ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK
            ZSCAN ZSCORE
            """,
            .range(first: 1, last: 1, step: 1)
        ),
        (
            """
            DEL EXISTS MGET PFCOUNT PFMERGE SDIFF SDIFFSTORE SINTER SINTERSTORE SSUBSCRIBE SUNION SUNIONSTORE SUNSUBSCRIBE
            TOUCH UNLINK
            """,
            .range(first: 1, last: -1, step: 1)
        ),
        ("MSET MSETNX", .range(first: 1, last: -1, step: 2)),
        (
            "BLMOVE BRPOPLPUSH COPY GEOSEARCHSTORE LCS LMOVE RENAME RENAMENX RPOPLPUSH SMOVE ZRANGESTORE",
            .range(first: 1, last: 2, step: 1)
        ),
        ("BLPOP BRPOP BZPOPMAX BZPOPMIN", .range(first: 1, last: -2, step: 1)),
        ("BITOP", .range(first: 2, last: -1, step: 1)),
        ("EVAL EVALSHA EVALSHA_RO EVAL_RO FCALL FCALL_RO", .counted(at: 2, hasDestination: false)),
        ("LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION", .counted(at: 1, hasDestination: false)),
        ("BLMPOP BZMPOP", .counted(at: 2, hasDestination: false)),
        ("ZDIFFSTORE ZINTERSTORE ZUNIONSTORE", .counted(at: 2, hasDestination: true)),
        ("XREAD XREADGROUP", .streams),
        ("SORT", .storing(options: 2)),
        ("GEORADIUS", .storing(options: 6)),
        ("GEORADIUSBYMEMBER", .storing(options: 5)),
        ("OBJECT", .subcommands(["ENCODING": second, "FREQ": second, "IDLETIME": second, "REFCOUNT": second])),
        ("MEMORY", .subcommands(["USAGE": second])),
        ("XINFO", .subcommands(["CONSUMERS": second, "GROUPS": second, "STREAM": second])),
        (
            "XGROUP",
            .subcommands([
                "CREATE": second, "CREATECONSUMER": second, "DELCONSUMER": second, "DESTROY": second, "SETID": second,
            ])
        ),
    ]
}
