extension KeyspaceEvents.KeyEvent {
    /// What happened to a key, as the server spells it. Servers and modules add names; any bytes pass.
    ///
    /// The known ones are members, with the class of `notify-keyspace-events` that turns them on
    /// (https://redis.io/docs/latest/develop/pubsub/keyspace-notifications/).
    public struct Name: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
        /// The name's bytes.
        public let bytes: RedisBytes

        /// A name of any bytes.
        public init(_ bytes: RedisBytes) { self.bytes = bytes }

        /// A name from a string literal.
        public init(stringLiteral value: String) { bytes = RedisBytes(value) }

        /// The name for display: cut at 128 bytes, with invisible characters escaped.
        public var description: String { bytes.shown() }
    }
}

// MARK: - Keys of any type: class g

extension KeyspaceEvents.KeyEvent.Name {
    /// The key was deleted: by DEL or a similar command, or because its last element was removed.
    public static let del: Self = "del"
    /// The key was renamed; this event names the old key.
    public static let renameFrom: Self = "rename_from"
    /// The key was renamed; this event names the new key.
    public static let renameTo: Self = "rename_to"
    /// The key was moved to another database; this event belongs to the old one.
    public static let moveFrom: Self = "move_from"
    /// The key was moved from another database; this event belongs to the new one.
    public static let moveTo: Self = "move_to"
    /// The key was made by COPY.
    public static let copyTo: Self = "copy_to"
    /// The key was made by RESTORE.
    public static let restore: Self = "restore"
    /// The key was given a time to live.
    public static let expire: Self = "expire"
    /// The key lost its time to live.
    public static let persist: Self = "persist"
}

// MARK: - Keys that come and go: a class each

extension KeyspaceEvents.KeyEvent.Name {
    /// The key was removed because its time to live was over. The event comes when the server notices that. Class x.
    public static let expired: Self = "expired"
    /// The key was removed because the memory was full. Class e.
    public static let evicted: Self = "evicted"
    /// A key was read that does not exist. Class m, which A does not include.
    public static let keymiss: Self = "keymiss"
    /// The key did not exist before. Class n (Redis 7.0), which A does not include.
    public static let new: Self = "new"
    /// The key's value was replaced by one of any type. Class o (Redis 8.2), which A does not include.
    public static let overwritten: Self = "overwritten"
    /// The key's value was replaced by one of another type. Class c (Redis 8.2), which A does not include.
    public static let typeChanged: Self = "type_changed"
}

// MARK: - Values, a class for each type

extension KeyspaceEvents.KeyEvent.Name {
    /// A string was written. Class $.
    public static let set: Self = "set"
    /// A part of a string was written. Class $.
    public static let setrange: Self = "setrange"
    /// A string was appended to. Class $.
    public static let append: Self = "append"
    /// A number was changed, by any of INCR, DECR, INCRBY and DECRBY. Class $.
    public static let incrby: Self = "incrby"
    /// A number was changed by INCRBYFLOAT. Class $.
    public static let incrbyfloat: Self = "incrbyfloat"

    /// Elements were put in front of a list. Class l.
    public static let lpush: Self = "lpush"
    /// Elements were put at the end of a list. Class l.
    public static let rpush: Self = "rpush"
    /// Elements were taken from the front of a list. Class l.
    public static let lpop: Self = "lpop"
    /// Elements were taken from the end of a list. Class l.
    public static let rpop: Self = "rpop"
    /// A list was cut to a range. Class l.
    public static let ltrim: Self = "ltrim"

    /// Members were added to a set. Class s.
    public static let sadd: Self = "sadd"
    /// Members were removed from a set. Class s.
    public static let srem: Self = "srem"
    /// Members were taken from a set. Class s.
    public static let spop: Self = "spop"

    /// Fields of a hash were written. Class h.
    public static let hset: Self = "hset"
    /// Fields of a hash were deleted. Class h.
    public static let hdel: Self = "hdel"
    /// A number in a hash was changed. Class h.
    public static let hincrby: Self = "hincrby"
    /// Fields of a hash were given a time to live (Redis 7.4). Class h.
    public static let hexpire: Self = "hexpire"
    /// Fields of a hash were removed because their time to live was over (Redis 7.4). Class h.
    public static let hexpired: Self = "hexpired"

    /// Members of a sorted set were written, by ZADD or GEOADD. Class z.
    public static let zadd: Self = "zadd"
    /// A score of a sorted set was changed by ZINCRBY. Class z.
    public static let zincr: Self = "zincr"
    /// Members were removed from a sorted set. Class z.
    public static let zrem: Self = "zrem"

    /// An entry was added to a stream. Class t.
    public static let xadd: Self = "xadd"
    /// Entries of a stream were deleted. Class t.
    public static let xdel: Self = "xdel"
    /// A stream was trimmed. Class t.
    public static let xtrim: Self = "xtrim"
}
