package import RedisRESP

/// Splits the command line before the argument parser reads it.
///
/// The parser knows only texts, options after the subcommand and options with a value, and its time grows with the
/// square of the number of words. But names, patterns and payloads are bytes, and there may be many; options may come
/// before the command, as in `redis-cli -p 6380 monitor`; and `--wait` may have no value. So names are removed here,
/// byte for byte, and the parser gets only the options, each with its value, after the command.
package struct ArgumentOrder: Sendable {
    private let commands: [CommandRule]

    /// Makes it for these commands, in the order of suggestions.
    package init(commands: [CommandRule]) { self.commands = commands }

    /// Reads `arguments`, the words after the program's name.
    ///
    /// `--version` is returned alone, and so is `--help` without a command; with a command, only the command and
    /// `--help` are returned. Short options may be joined to their value or to each other (`-p6380`, `-cp6380`). The
    /// words after `--` are not options; without a command before it, the first of them is the command.
    ///
    /// `secrets` are the parts that must not be shown, also when this throws: all words that were not understood are
    /// among them.
    package func arrange(
        _ arguments: [[UInt8]],
        secrets: inout SecretPlaces
    ) throws(ArgumentOrderError) -> ArrangedArguments {
        // The parser's authors provide these options for tools; they show nothing to people.
        if let first = arguments.first.map(Self.words), Self.isForTools(first) {
            return ArrangedArguments(words: arguments.map(Self.words))
        }
        var reading = Reading(arguments, commands)
        do throws(ArgumentOrderError) {
            let arranged = try reading.all()
            secrets = reading.secrets
            secrets.addAll(arguments, from: reading.index)
            return arranged
        } catch {
            secrets.addAll(arguments)
            throw error
        }
    }

    /// Reads `arguments` in which nothing is secret.
    package func arrange(_ arguments: [[UInt8]]) throws(ArgumentOrderError) -> ArrangedArguments {
        var secrets = SecretPlaces()
        return try arrange(arguments, secrets: &secrets)
    }

    static func words(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isForTools(_ word: String) -> Bool {
        word == "--experimental-dump-help" || word.hasPrefix("--generate-completion-script")
    }
}

/// The parts of a command line.
package struct ArrangedArguments: Sendable, Equatable {
    /// The words for the argument parser: the command and its options, without operands.
    package var words: [String]
    /// The proper name of the command, when there is one.
    package var command: String?
    /// The operands, in order: channels, patterns, a payload.
    package var operands: [RedisBytes] = []
    /// The values of the options that take bytes, by the option's proper name.
    package var values: [String: [RedisBytes]] = [:]

    package init(
        words: [String],
        command: String? = nil,
        operands: [RedisBytes] = [],
        values: [String: [RedisBytes]] = [:]
    ) {
        self.words = words
        self.command = command
        self.operands = operands
        self.values = values
    }

    /// The values of an option that takes bytes.
    package subscript(option: String) -> [RedisBytes] { values[option] ?? [] }
}

extension ArgumentOrder {
    /// The state of reading one command line.
    private struct Reading {
        private let arguments: [[UInt8]]
        private let commands: [CommandRule]
        private(set) var index = 0
        private(set) var secrets = SecretPlaces()
        private var command: CommandRule?
        private var wantsHelp = false
        /// Options before the command, as they were spelled. Whether the command has them is checked when the command
        /// is known.
        private var leading: [(spelling: String, rule: OptionRule)] = []
        private var options: [String] = []
        private var operands: [RedisBytes] = []
        private var values: [String: [RedisBytes]] = [:]

        init(_ arguments: [[UInt8]], _ commands: [CommandRule]) {
            self.arguments = arguments
            self.commands = commands
        }

        mutating func all() throws(ArgumentOrderError) -> ArrangedArguments {
            let dash = UInt8(ascii: "-")
            while index < arguments.count {
                let word = arguments[index]
                index += 1
                if word == [dash, dash] {
                    if command == nil, index < arguments.count { try begin(arguments[index]); index += 1 }
                    while index < arguments.count { index += 1; addOperand(arguments[index - 1]) }
                } else if word.starts(with: [dash, dash]) {
                    if word == Array("--version".utf8) { return ArrangedArguments(words: ["--version"]) }
                    if word == Array("--help".utf8) { wantsHelp = true } else { try readLong(word) }
                } else if word.first == dash, word.count > 1 {
                    try readShort(word)
                } else if command == nil {
                    try begin(word)
                } else {
                    addOperand(word)
                }
                if wantsHelp, let command {
                    return ArrangedArguments(words: [command.name, "--help"], command: command.name)
                }
            }
            return try result()
        }

        private func result() throws(ArgumentOrderError) -> ArrangedArguments {
            guard let command else {
                if wantsHelp { return ArrangedArguments(words: ["--help"]) }
                guard arguments.isEmpty else { throw .missingCommand }
                return ArrangedArguments(words: [])
            }
            guard command.name != "help" else {
                return ArrangedArguments(words: ["help"] + operands.prefix(1).map { "\($0)" }, command: "help")
            }
            guard operands.count <= command.most ?? .max else { throw .tooMany(command.name, command.operands) }
            guard operands.count >= command.fewest else { throw .tooFew(command.name, command.operands) }
            return ArrangedArguments(
                words: [command.name] + options,
                command: command.name,
                operands: operands,
                values: values
            )
        }

        private mutating func addOperand(_ word: [UInt8]) {
            operands.append(RedisBytes(word))
            secrets.add(word, .none, index - 1, from: 0)
        }

        private mutating func begin(_ word: [UInt8]) throws(ArgumentOrderError) {
            let name = ArgumentOrder.words(word)
            guard let found = commands.first(where: { $0.names.contains(name) }) else {
                let known = commands.flatMap(\.names)
                // A word after an option may be meant as its value.
                let mayBeValue = !leading.isEmpty || word.first == UInt8(ascii: "-") && word.count > 1
                throw .unknownCommand(
                    mayBeValue ? nil : "\(RedisBytes(word))",
                    suggestion: Suggestion.closest(to: name, among: known)
                )
            }
            command = found
            for (spelling, rule) in leading where found.option(rule.name) == nil {
                throw foreign(spelling, rule, found)
            }
        }

        /// Reads `--name` or `--name=value`.
        private mutating func readLong(_ word: [UInt8]) throws(ArgumentOrderError) {
            let end = word.firstIndex(of: UInt8(ascii: "=")) ?? word.endIndex
            let name = ArgumentOrder.words(Array(word[..<end]))
            let rule = try rule(name, in: name)
            try take(rule, name, joined: end < word.endIndex ? Array(word[(end + 1)...]) : nil)
        }

        /// Reads `-n`, `-nVALUE` or flags together, the last of which may take a value: `-cp6380`.
        private mutating func readShort(_ word: [UInt8]) throws(ArgumentOrderError) {
            var rest = word.dropFirst()
            while let letter = rest.popFirst() {
                // The rest of the word is not repeated, because it may be a value.
                let name = "-\(RedisBytes([letter]))"
                let isFirst = rest.count == word.count - 2
                let rule = try rule(name, in: isFirst ? "\(RedisBytes(word))" : name)
                guard case .none = rule.value else {
                    return try take(rule, name, joined: rest.isEmpty ? nil : Array(rest))
                }
                try take(rule, name, joined: nil)
            }
        }

        private mutating func rule(_ name: String, in word: String) throws(ArgumentOrderError) -> OptionRule {
            guard let command else {
                guard let rule = commands.lazy.compactMap({ $0.option(name) }).first else {
                    let known = commands.flatMap { $0.options.flatMap(\.names) } + ["--help", "--version"]
                    throw .unknownOption(name, of: nil, suggestion: Suggestion.closest(to: word, among: known))
                }
                leading.append((name, rule))
                return rule
            }
            if let rule = command.option(name) { return rule }
            if let rule = commands.lazy.compactMap({ $0.option(name) }).first { throw foreign(name, rule, command) }
            let known = command.options.flatMap(\.names) + ["--help"]
            throw .unknownOption(name, of: command.name, suggestion: Suggestion.closest(to: word, among: known))
        }

        private func foreign(_ name: String, _ rule: OptionRule, _ command: CommandRule) -> ArgumentOrderError {
            let owners = commands.filter { $0.option(rule.name) != nil }.map(\.name)
            return .foreignOption(name, of: command.name, owners: owners, reason: command.refusals[rule.name])
        }

        private mutating func take(_ rule: OptionRule, _ name: String, joined: [UInt8]?) throws(ArgumentOrderError) {
            switch rule.value {
            case .none:
                guard joined == nil else { throw .needlessValue(name) }
                options.append(rule.name)
            case .text: try add(rule, name, try value(joined, of: name, rule))
            case .bytes: values[rule.name, default: []].append(RedisBytes(try value(joined, of: name, rule)))
            case .optional(let usual, let accepts):
                if let joined { return try add(rule, name, try value(joined, of: name, rule)) }
                if index < arguments.count, let next = RedisBytes(arguments[index]).text, accepts(next) {
                    index += 1
                    return try add(rule, name, Array(next.utf8))
                }
                options.append("\(rule.name)=\(usual)")
            }
        }

        private mutating func value(
            _ joined: [UInt8]?,
            of name: String,
            _ rule: OptionRule
        ) throws(ArgumentOrderError) -> [UInt8] {
            if joined == nil {
                guard index < arguments.count, !isForgotten(before: arguments[index], rule) else {
                    throw .missingValue(name)
                }
                index += 1
            }
            let word = arguments[index - 1]
            let value = joined ?? word
            secrets.add(value, rule.secrecy, index - 1, from: word.count - value.count)
            return value
        }

        /// Whether the next word is probably an option, so that the value is missing. A password may begin with any
        /// character, and so may a name.
        private func isForgotten(before word: [UInt8], _ rule: OptionRule) -> Bool {
            guard case .text = rule.value, rule.secrecy != .whole else { return false }
            return word.first == UInt8(ascii: "-") && word.count > 1
        }

        /// The parser takes a word that begins with a dash for an option, and looks for a `=` that is not followed by a
        /// combining character.
        private mutating func add(_ rule: OptionRule, _ name: String, _ value: [UInt8]) throws(ArgumentOrderError) {
            guard let text = RedisBytes(value).text else { throw .noText(name) }
            options += text.hasPrefix("-") ? ["\(rule.name)=\(text)"] : [name, text]
        }
    }
}
