/// What a second execution of a command changes, when it is not known whether the first one happened. Each case is
/// riskier than those before it.
package enum RedisCommandClass: Int, Comparable, Sendable {
    /// The command changes nothing.
    case readOnly
    /// It does nothing where its effect is there already.
    case checked
    /// Twice ends in the same state as once, unless somebody else wrote in between.
    case lastWriteWins
    /// Twice changes more than once, or nobody knows; or the first reply is lost together with what it took.
    case accumulating
    /// It is for whoever runs the server.
    case admin

    package static func < (left: RedisCommandClass, right: RedisCommandClass) -> Bool { left.rawValue < right.rawValue }
}

extension RedisCommandClass {
    /// The class of a command; `.accumulating` for one that is not known. Allocates nothing for a known one.
    package static func of(_ command: RedisCommand) -> RedisCommandClass {
        guard let (entry, name, reader) = find(command) else { return .accumulating }
        if name == .set { return classOfSet(command, reader) }
        if name == .zadd, has(.incr, in: command, reader, skipping: 1) { return .accumulating }
        if name == .delex, hasEqualCondition(command, reader, skipping: 1) { return .checked }
        return entry.commandClass
    }

    /// Whether the list of classes has the command.
    package static func isKnown(_ command: RedisCommand) -> Bool { find(command)?.0.isKnown == true }

    /// What is known of a command; `nil` if it is not known.
    package static func entry(of command: RedisCommand) -> Entry? { find(command)?.0 }

    /// The first word of a known command, in capitals.
    static func word(of command: RedisCommand) -> String? {
        guard let name = find(command)?.0.label else { return nil }
        return name.firstIndex(of: " ").map { String(name[..<$0]) } ?? name
    }

    /// Which condition a SET has. With GET it returns what the first execution has overwritten. XX, IFNE and IFDNE are
    /// met again by what the first execution has set, so they check nothing.
    private static func classOfSet(_ command: RedisCommand, _ reader: ArgumentReader) -> RedisCommandClass {
        if has(.get, in: command, reader, skipping: 2) { return .accumulating }
        let isChecked =
            has(.nx, in: command, reader, skipping: 2) || hasEqualCondition(command, reader, skipping: 2)
        return isChecked ? .checked : .lastWriteWins
    }

    /// Whether the command does something only to a certain value, or to one of a certain digest.
    private static func hasEqualCondition(
        _ command: RedisCommand,
        _ reader: ArgumentReader,
        skipping count: Int
    ) -> Bool {
        has(.ifeq, in: command, reader, skipping: count) || has(.ifdeq, in: command, reader, skipping: count)
    }

    /// Whether one of the arguments behind the first ones is this word.
    private static func has(
        _ word: PackedWord?,
        in command: RedisCommand,
        _ reader: ArgumentReader,
        skipping count: Int
    ) -> Bool {
        var reader = reader
        for _ in 0..<count { if reader.next() == nil { return false } }
        while let range = reader.next() {
            if let found = PackedWord(command.encoded, range), found == word { return true }
        }
        return false
    }

    package struct Entry {
        var commandClass: RedisCommandClass
        /// The name in capitals, with the subcommand if it is known.
        package var label: String
        /// Whether it has a class, and not only its subcommands.
        var isKnown = false
        /// The classes and names of its subcommands.
        fileprivate var subcommands: [PackedWord: (commandClass: RedisCommandClass, label: String)] = [:]
    }

    /// What is known of a command, its name, and a reader that is behind its name.
    private static func find(_ command: RedisCommand) -> (Entry, PackedWord, ArgumentReader)? {
        var reader = ArgumentReader(command.encoded)
        guard let range = reader.next(), let name = PackedWord(command.encoded, range), var entry = entries[name] else {
            return nil
        }
        if !entry.subcommands.isEmpty {
            var next = reader
            if let range = next.next(), let word = PackedWord(command.encoded, range),
                let known = entry.subcommands[word]
            {
                entry.commandClass = known.commandClass
                entry.label = known.label
                entry.isKnown = true
            }
        }
        return (entry, name, reader)
    }

    /// All commands that are known, in capitals: the name alone, or with a subcommand behind it.
    package static var all: [(words: [Substring], commandClass: RedisCommandClass)] {
        names.flatMap { commandClass, names in
            names.split(whereSeparator: \.isWhitespace).map { ($0.split(separator: "/"), commandClass) }
        }
    }

    private static let entries: [PackedWord: Entry] = {
        var entries: [PackedWord: Entry] = [:]
        for (words, commandClass) in all {
            guard let first = PackedWord(words[0]) else { continue }
            // A subcommand that is not known counts as any unknown command.
            let fallback = Entry(commandClass: .accumulating, label: String(words[0]))
            if words.count == 1 {
                entries[first, default: fallback].commandClass = commandClass
                entries[first, default: fallback].isKnown = true
            } else if let second = PackedWord(words[1]) {
                entries[first, default: fallback].subcommands[second] = (commandClass, words.joined(separator: " "))
            }
        }
        return entries
    }()
}

extension PackedWord {
    fileprivate static let set = PackedWord("SET")
    fileprivate static let zadd = PackedWord("ZADD")
    fileprivate static let delex = PackedWord("DELEX")
    fileprivate static let get = PackedWord("GET")
    fileprivate static let nx = PackedWord("NX")
    fileprivate static let ifeq = PackedWord("IFEQ")
    fileprivate static let ifdeq = PackedWord("IFDEQ")
    fileprivate static let incr = PackedWord("INCR")
}
