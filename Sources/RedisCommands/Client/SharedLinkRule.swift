/// Which commands must not be sent over a link that several tasks share: those that change the meaning of the
/// connection for all of them, mix up their replies, or block them.
package enum SharedLinkRule {
    /// Throws for a refused command, with a text that says what to use instead. For any other command it allocates
    /// nothing.
    package static func check(_ command: RedisCommand) throws(RedisError) {
        guard let name = command.arguments.first, let packed = PackedName(name), let entry = entries[packed] else {
            return
        }
        let text: String
        switch entry {
        case .always(let reason): text = "\(name.commandName ?? ""): \(reason)"
        case .withArguments(let reason):
            guard command.arguments.count > 1 else { return }
            text = "\(name.commandName ?? ""): \(reason)"
        case .subcommands(let reasons):
            guard command.arguments.count > 1, let subcommand = command.arguments[1].commandName,
                let reason = reasons[subcommand]
            else { return }
            text = "\(name.commandName ?? "") \(subcommand): \(reason)"
        case .whenBlocking(let reason):
            guard blocks(command.arguments) else { return }
            text = "\(name.commandName ?? "") with BLOCK: \(reason)"
        }
        throw RedisError(.invalidCommand, text, phase: .command)
    }

    private enum Entry {
        case always(String)
        /// Refused with arguments. Without arguments, the command only reads.
        case withArguments(String)
        /// Refused with these first arguments.
        case subcommands([String: String])
        /// Refused with the option BLOCK.
        case whenBlocking(String)
    }

    /// A name of up to 16 bytes in capitals, as one number.
    private struct PackedName: Hashable {
        private var value: UInt128 = 0

        init?(_ name: RedisBytes) {
            guard name.count <= 16 else { return nil }
            for byte in name { value = value << 8 | UInt128(byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte) }
        }
    }

    private static let entries: [PackedName: Entry] = {
        var entries: [PackedName: Entry] = [:]
        func add(_ names: String, _ entry: Entry) {
            for name in names.split(separator: " ") {
                if let packed = PackedName(RedisBytes(String(name))) { entries[packed] = entry }
            }
        }
        let transaction = """
            a transaction is one task's, and this link is shared by all: commands of others would get into it. A script (EVAL) \
            does several commands as one
            """
        add("MULTI EXEC DISCARD WATCH UNWATCH", .always(transaction))
        add(
            "SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE",
            .always("PubSub subscribes, over a link of its own")
        )
        add("MONITOR", .always("Monitor watches, over a link of its own"))
        add(
            "SELECT",
            .always(
                "it changes the database of all who share the link: RedisConfiguration.database says which, a client for each"
            )
        )
        add(
            "HELLO AUTH",
            .withArguments(
                "the client does that by itself: RedisConfiguration.credentials and protocolVersion say how, also for links that stand"
            )
        )
        add("QUIT RESET", .always("it ends what all who share the link rely on: close() ends the client"))
        add(
            "ASKING READONLY READWRITE",
            .always("RedisConfiguration.cluster has a client find the right node by itself")
        )
        add("SYNC PSYNC REPLCONF", .always("it makes the link a replica's"))
        for (blocking, plain) in [
            ("BLPOP", "LPOP"), ("BRPOP", "RPOP"), ("BLMPOP", "LMPOP"), ("BLMOVE", "LMOVE"), ("BLMOVEM", "LMOVEM"),
            ("BRPOPLPUSH", "RPOPLPUSH"), ("BZPOPMIN", "ZPOPMIN"), ("BZPOPMAX", "ZPOPMAX"), ("BZMPOP", "ZMPOP"),
        ] {
            add(
                blocking,
                .always(holdUp("\(plain), called when an event tells that there is something (KeyspaceEvents, PubSub)"))
            )
        }
        add(
            "XREAD XREADGROUP",
            .whenBlocking(holdUp("the same without BLOCK, called when an event tells that there is something"))
        )
        add("WAIT WAITAOF", .always(holdUp("INFO replication, which tells how far replicas are")))
        add(
            "CLIENT",
            .subcommands([
                "REPLY": "it takes away replies that others wait for: a reply that is of no interest may be ignored",
                "TRACKING": "Invalidations tracks, over a link of its own",
                "CACHING": "Invalidations tracks, over a link of its own",
            ])
        )
        add("SCRIPT", .subcommands(["DEBUG": "it makes the link a debugger's"]))
        return entries
    }()

    private static func holdUp(_ instead: String) -> String {
        "it would hold up all who share the link, up to its timeout. Instead: \(instead)"
    }

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
