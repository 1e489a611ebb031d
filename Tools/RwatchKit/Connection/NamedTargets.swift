import RedisPOSIX
import RedisRESP

/// The targets of the configuration file. Each line is a name and the options of a connection that it stands for:
///
/// ```
/// # name  options
/// prod    -u rediss://app@redis.example:6380 --cacert /etc/ssl/redis.pem --pass-file /etc/rwatch/prod
/// shop    -c -h node1.example
/// ```
///
/// Blanks separate words; a word in single or double quotes may contain blanks.
package struct NamedTargets: Sendable {
    /// The largest file that is read.
    private static let mostBytes = 1 << 20

    /// The path of the file, for people.
    package let path: String
    private var targets: [String: [[UInt8]]]
    /// Whether others than the owner may read the file.
    private let isReadableByOthers: Bool

    /// Where the file is: `RWATCH_CONFIG`, or `rwatch/config` in `XDG_CONFIG_HOME`, or in `.config` of the home folder.
    package static func path(_ environment: (String) -> [UInt8]? = ThisProcess.environment) -> [UInt8]? {
        if let path = environment("RWATCH_CONFIG"), !path.isEmpty { return path }
        return UserFolder.configuration.path("rwatch/config", environment)
    }

    /// The targets for a command line: those of the file, and the last server, which needs no file. A target of that
    /// name in the file comes first; where no server is remembered, it is that of `RWATCH_URL`.
    package init(
        for arguments: ArrangedArguments,
        path: [UInt8],
        _ environment: (String) -> [UInt8]? = ThisProcess.environment
    ) throws(NamedTargetsError) {
        let isOfLast = Self.names(in: arguments).allSatisfy { $0 == LastServer.name }
        if isOfLast, !FilePath.exists(path) {
            try self.init([], path: String(decoding: path, as: UTF8.self))
        } else {
            try self.init(path: path)
        }
        guard targets[LastServer.name] == nil else { return }
        let isNamedOutside = environment("RWATCH_URL").map { !$0.isEmpty } ?? false
        targets[LastServer.name] = LastServer.options(environment) ?? (isNamedOutside ? [] : nil)
    }

    /// Reads the file.
    package init(path: [UInt8]) throws(NamedTargetsError) {
        let shown = String(decoding: path, as: UTF8.self)
        var text: [UInt8] = []
        do throws(RedisSystemError) {
            let file = try InputFile(path: path)
            while text.count <= Self.mostBytes {
                let piece = try file.readPiece()
                if piece.isEmpty { break }
                text += piece
            }
        } catch { throw NamedTargetsError("\(shown): \(error.reason)") }
        guard text.count <= Self.mostBytes else { throw NamedTargetsError("\(shown) is larger than 1 MiB") }
        try self.init(text, path: shown, isReadableByOthers: FilePath.isReadableByOthers(path))
    }

    /// Reads the text of a file.
    package init(_ text: [UInt8], path: String, isReadableByOthers: Bool = false) throws(NamedTargetsError) {
        var targets: [String: [[UInt8]]] = [:]
        for (index, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            guard var words = Self.words(line) else {
                throw NamedTargetsError("\(path), line \(index + 1): a quotation mark is missing")
            }
            guard !words.isEmpty else { continue }
            guard let name = RedisBytes(words.removeFirst()).text, !name.hasPrefix("-") else {
                throw NamedTargetsError("\(path), line \(index + 1): a line begins with the name of a target")
            }
            guard targets.updateValue(words, forKey: name) == nil else {
                throw NamedTargetsError("\(path), line \(index + 1): this target stands there twice")
            }
        }
        self.path = path
        self.targets = targets
        self.isReadableByOthers = isReadableByOthers
    }

    /// The words of a line; `nil` when a quotation does not end.
    static func words(_ line: ArraySlice<UInt8>) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var word: [UInt8]?
        var quote: UInt8?
        for byte in line {
            switch (byte, quote) {
            case (let byte, let mark?) where byte == mark: quote = nil
            case (_, .some): word = (word ?? []) + [byte]
            case (UInt8(ascii: "\""), nil), (UInt8(ascii: "'"), nil):
                quote = byte
                word = word ?? []
            case (UInt8(ascii: " "), nil), (UInt8(ascii: "\t"), nil), (UInt8(ascii: "\r"), nil):
                if let whole = word.take() { words.append(whole) }
            case (UInt8(ascii: "#"), nil) where word == nil: return words
            default: word = (word ?? []) + [byte]
            }
        }
        if let word { words.append(word) }
        return quote == nil ? words : nil
    }

    /// Puts the options of each target in the place of `-u @name`.
    ///
    /// They come first, so that an option of the command line counts where it is given as well.
    ///
    /// - Parameters:
    ///   - arguments: The command line, as it was arranged.
    ///   - rules: The options that a target may have.
    ///   - warn: Is told what should be mended, though it hinders nothing.
    /// - Returns: The command line without names of targets.
    /// - Throws: When there is no such target, or one is wrong; the text contains no option's value.
    package func expand(
        _ arguments: ArrangedArguments,
        _ rules: [OptionRule],
        warn: (String) -> Void
    ) throws(NamedTargetsError) -> ArrangedArguments {
        var expanded = arguments
        var added: [String] = []
        var rest: [String] = []
        for place in Self.places(in: arguments.words) {
            switch place {
            case .word(let word): rest.append(word)
            case .target(let name): added += try options(of: name, rules, warn)
            }
        }
        expanded.words = Array(rest.prefix(1)) + added + rest.dropFirst()
        return expanded
    }

    /// Whether a command line names a target.
    package static func areNamed(in arguments: ArrangedArguments) -> Bool { !names(in: arguments).isEmpty }

    /// The targets that a command line names.
    package static func names(in arguments: ArrangedArguments) -> [String] {
        places(in: arguments.words).compactMap { if case .target(let name) = $0 { name } else { nil } }
    }

    private enum Place {
        case word(String)
        case target(String)
    }

    /// The words, those of `-u @name` as one.
    private static func places(in words: [String]) -> [Place] {
        var places: [Place] = []
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "-u" || word == "--uri", let value = rest.first, value.hasPrefix("@") {
                rest.removeFirst()
                places.append(.target(String(value.dropFirst())))
            } else {
                places.append(.word(word))
            }
        }
        return places
    }

    private func options(
        of name: String,
        _ rules: [OptionRule],
        _ warn: (String) -> Void
    ) throws(NamedTargetsError) -> [String] {
        guard let words = targets[name] else {
            let known = targets.keys.sorted()
            let hint = known.isEmpty ? "it names none" : "it names \(Words.list(known))"
            throw NamedTargetsError("\(path) has no target '\(name)'; \(hint)")
        }
        var secrets = SecretPlaces()
        let arranged: ArrangedArguments
        do throws(ArgumentOrderError) {
            let order = ArgumentOrder(commands: [CommandRule("target", options: rules, operands: 0...0)])
            arranged = try order.arrange([Array("target".utf8)] + words, secrets: &secrets)
        } catch { throw NamedTargetsError("\(path), target '\(name)': \(error)") }
        guard !Self.areNamed(in: arranged) else {
            throw NamedTargetsError("\(path), target '\(name)': a target cannot name another one")
        }
        if isReadableByOthers, !secrets.all.isEmpty {
            warn("\(path) contains a password, and others can read it: chmod 600 it, or use --pass-file")
        }
        return Array(arranged.words.dropFirst())
    }
}

/// Why the configuration file is of no use. The text contains no option's value.
package struct NamedTargetsError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
