/// Which commands may go over which link: those that change the meaning of a connection, mix up its replies or block it
/// must not go over one that several tasks share.
package enum LinkRule {
    /// The links of a client.
    package enum Link: Sendable {
        /// The one that all callers share.
        case shared
        /// One that is lent to one caller alone.
        case exclusive
    }

    /// What a command needs.
    package enum Need: Sendable {
        /// Any link.
        case any
        /// A link of its own, which it blocks.
        case exclusive
        /// A transaction's link, for the reason that the text states.
        case transaction(String)
        /// No link of a client may carry it, for the reason that the text states.
        case none(String)
        /// Only an exclusive link, which is closed afterwards, for the reason that the text states.
        case altered(String)
    }

    /// Throws for a command that the link may not carry, with a text that says what to use instead.
    package static func check(_ command: RedisCommand, over link: Link) throws(RedisError) {
        switch (need(of: command), link) {
        case (.any, _), (.exclusive, _), (.transaction, .exclusive), (.altered, .exclusive): return
        case (.none(let reason), _), (.transaction(let reason), .shared), (.altered(let reason), .shared):
            throw RedisError(.invalidCommand, reason, phase: .command)
        }
    }

    /// What a command needs. For most commands this is a comparison or two, and allocates nothing.
    package static func need(of command: RedisCommand) -> Need {
        guard maybeSpecial(command.encoded) else { return .any }
        var reader = ArgumentReader(command.encoded)
        guard let place = reader.next(), !place.isEmpty else { return .none(RedisError.nameless.message) }
        guard let packed = PackedWord(command.encoded, place), let entry = entries[packed] else { return .any }
        let name = command.name.commandName ?? ""
        switch entry {
        case .never(let reason): return .none("\(name): \(reason)")
        case .transaction(let reason): return .transaction("\(name): \(reason)")
        case .altering(let reason): return .altered("\(name): \(reason)")
        case .blocking: return .exclusive
        case .neverWithArguments(let reason):
            return command.argumentCount > 1 ? .none("\(name): \(reason)") : .any
        case .subcommands(let entries):
            guard let subcommand = command.argument(at: 1)?.commandName, let entry = entries[subcommand] else {
                return .any
            }
            let text = "\(name) \(subcommand): \(entry.reason)"
            return entry.isNever ? .none(text) : .altered(text)
        case .whenBlocking:
            return blocks(command.arguments) ? .exclusive : .any
        }
    }

    /// The first letters and lengths of the names in the table: which lengths begin with which letter.
    private static let shapes: [UInt32] = {
        var shapes = [UInt32](repeating: 0, count: 256)
        for name in specialNames {
            guard let first = name.utf8.first else { continue }
            shapes[Int(first)] |= 1 << UInt32(name.utf8.count)
            shapes[Int(first) + 0x20] |= 1 << UInt32(name.utf8.count)
        }
        return shapes
    }()

    /// Whether a name like that of the encoded command is in the table, or the command has none. Most names are not,
    /// and this is all that they cost.
    private static func maybeSpecial(_ encoded: [UInt8]) -> Bool {
        // *2\r\n$3\r\nGET\r\n
        guard let dollar = encoded.firstIndex(of: UInt8(ascii: "$")) else { return true }
        var position = dollar + 1
        var length = 0
        while encoded[position] != UInt8(ascii: "\r") {
            length = length * 10 + Int(encoded[position] & 0xf)
            position += 1
        }
        guard length > 0 else { return true }
        guard length < 32 else { return false }
        return shapes[Int(encoded[position + 2])] & 1 << UInt32(length) != 0
    }

    private enum Entry {
        case never(String)
        /// Without arguments, the command only reads.
        case neverWithArguments(String)
        case transaction(String)
        /// The command changes what the connection means to all who use it afterwards.
        case altering(String)
        case blocking
        /// With the option BLOCK it blocks.
        case whenBlocking
        /// With these first arguments.
        case subcommands([String: (reason: String, isNever: Bool)])
    }

    private static let specialNames: [String] = table.flatMap { $0.names.split(separator: " ").map(String.init) }

    private static let entries: [PackedWord: Entry] = {
        var entries: [PackedWord: Entry] = [:]
        for (names, entry) in table {
            for name in names.split(separator: " ") {
                if let packed = PackedWord(name) { entries[packed] = entry }
            }
        }
        return entries
    }()

    private static let table: [(names: String, entry: Entry)] = [
        (
            "MULTI EXEC DISCARD",
            .transaction(
                """
                a transaction is one task's, and this link is shared by all: commands of others would get into it. \
                RedisClient.atomically sends one as a whole, RedisClient.transaction has a link of its own
                """
            )
        ),
        (
            "WATCH UNWATCH",
            .transaction(
                "it watches for one task, and this link is shared by all: RedisClient.transaction(watching:) does it"
            )
        ),
        (
            "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE",
            .never("PubSub subscribes, over a link of its own")
        ),
        ("MONITOR", .never("Monitor watches, over a link of its own")),
        (
            "SELECT",
            .altering(
                """
                it changes the database of all who share the link: RedisConfiguration.database says which, a client for each, \
                and RedisClient.withLink has a link of its own
                """
            )
        ),
        (
            "HELLO AUTH",
            .neverWithArguments(
                "the client does that by itself: RedisConfiguration.credentials and protocolVersion say how, also for links that stand"
            )
        ),
        ("QUIT RESET", .never("it ends what all who share the link rely on: close() ends the client")),
        (
            "ASKING READONLY READWRITE",
            .altering("RedisConfiguration.cluster has a client find the right node by itself")
        ),
        ("SYNC PSYNC REPLCONF", .never("it makes the link a replica's")),
        (
            """
            BLPOP BRPOP BLMPOP BLMOVE BLMOVEM BRPOPLPUSH BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF
            """,
            .blocking
        ),
        ("XREAD XREADGROUP", .whenBlocking),
        (
            "CLIENT",
            .subcommands([
                "REPLY": (
                    """
                    it takes away replies that others wait for: RedisClient.send(discardingReplies:) only counts them, and a \
                    reply that is of no interest may be ignored
                    """, true
                ),
                "TRACKING": ("Invalidations tracks, over a link of its own", false),
                "CACHING": ("Invalidations tracks, over a link of its own", false),
                "NO-EVICT": ("it changes the link of all who share it: RedisClient.withLink has one of its own", false),
                "NO-TOUCH": ("it changes the link of all who share it: RedisClient.withLink has one of its own", false),
            ])
        ),
        ("SCRIPT", .subcommands(["DEBUG": ("it makes the link a debugger's", true)])),
    ]

    /// Whether the options before STREAMS contain BLOCK. A group or a consumer may have the same name as an option.
    private static func blocks(_ arguments: [RedisBytes]) -> Bool {
        var index = 1
        while index < arguments.count {
            switch arguments[index].commandName {
            case "BLOCK": return true
            case "STREAMS": return false
            case "COUNT", "CLAIM": index += 2
            case "GROUP": index += 3
            default: index += 1
            }
        }
        return false
    }
}
