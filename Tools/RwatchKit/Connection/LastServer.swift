import RedisCore
import RedisPOSIX
import RedisRESP

/// The server that was used last, which completions ask for names. It is remembered where the user wants that, and
/// without anything that is secret.
package enum LastServer {
    /// The variable by which the user wants it.
    package static let request = "RWATCH_COMPLETE_NAMES"
    /// The target that stands for it: `-u @last`.
    package static let name = "last"
    /// A longer file is none of ours.
    private static let mostBytes = 64 << 10
    /// Options that are no part of which server it is, or that are secret.
    private static let leftOut: Set<String> = ["--pass", "--askpass", "--wait", "--allow-core-dumps", "--max-frame"]

    /// Whether the user wants it.
    package static func isWanted(_ environment: (String) -> [UInt8]? = ThisProcess.environment) -> Bool {
        environment(request).map { !$0.isEmpty } ?? false
    }

    /// Where it is remembered: `rwatch/last` in `XDG_STATE_HOME`, or in `.local/state` of the home folder.
    package static func path(_ environment: (String) -> [UInt8]? = ThisProcess.environment) -> [UInt8]? {
        UserFolder.state.path("rwatch/last", environment)
    }

    /// Remembers the server of a command line.
    ///
    /// - Parameters:
    ///   - arguments: The command line, without names of targets.
    ///   - rules: The options that say which server it is.
    ///   - environment: Has `RWATCH_URL`, where the command line names no server.
    package static func remember(
        _ arguments: ArrangedArguments,
        _ rules: [OptionRule],
        _ environment: (String) -> [UInt8]? = ThisProcess.environment
    ) {
        guard isWanted(environment), let path = path(environment),
            let line = line(of: words(of: arguments, rules, environment))
        else { return }
        // What cannot be remembered is no reason to do nothing else.
        if (try? words(at: path)) ?? nil != NamedTargets.words(line[...]) {
            try? FilePath.replacePrivately(path, with: line + [UInt8(ascii: "\n")])
        }
    }

    /// The options of the remembered server; `nil` when there is none.
    package static func options(_ environment: (String) -> [UInt8]? = ThisProcess.environment) -> [[UInt8]]? {
        guard let path = path(environment), let words = (try? words(at: path)) ?? nil else { return nil }
        return Array(words.dropFirst())
    }

    private static func words(at path: [UInt8]) throws(RedisSystemError) -> [[UInt8]]? {
        let file = try InputFile(path: path)
        var text: [UInt8] = []
        while text.count <= mostBytes {
            let piece = try file.readPiece()
            if piece.isEmpty { break }
            text += piece
        }
        let line = text.prefix { $0 != UInt8(ascii: "\n") }
        guard text.count <= mostBytes, let words = NamedTargets.words(line), words.first == Array(name.utf8) else {
            return nil
        }
        return words
    }

    /// The words of the line that remembers a server; `nil` when that cannot be said without a secret.
    static func words(
        of arguments: ArrangedArguments,
        _ rules: [OptionRule],
        _ environment: (String) -> [UInt8]?
    ) -> [String]? {
        var words = [name]
        var namesServer = false
        var rest = arguments.words.dropFirst()
        while let word = rest.popFirst() {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            let isJoined = word.hasPrefix("--") && parts.count == 2
            guard let rule = rules.first(where: { $0.names.contains(isJoined ? parts[0] : word) }) else {
                // The value of another option is passed over as a word that is no option.
                continue
            }
            var value = isJoined ? parts[1] : nil
            if value == nil, case .text = rule.value { value = rest.popFirst() }
            if leftOut.contains(rule.name) { continue }
            if let text = value {
                guard let safe = withoutSecret(text, rule) else { return nil }
                value = safe
            }
            namesServer = namesServer || ["--host", "--port", "--socket", "--uri"].contains(rule.name)
            words.append(rule.name)
            if let value { words.append(value) }
        }
        guard !namesServer, let url = environment("RWATCH_URL"), !url.isEmpty else { return words }
        guard let safe = withoutSecret(String(decoding: url, as: UTF8.self), OptionRule("--uri", secrecy: .url)) else {
            return nil
        }
        return words + ["--uri", safe]
    }

    /// A value without the user and the password that it may contain; `nil` when it may contain them elsewhere.
    private static func withoutSecret(_ value: String, _ rule: OptionRule) -> String? {
        switch rule.secrecy {
        case .none: return value
        case .whole: return nil
        case .host: return value.utf8.contains(UInt8(ascii: "@")) ? nil : value
        case .url:
            var bytes = Array(value.utf8)
            let secrets = RedisConfiguration.secrets(inURL: bytes)
            guard let place = secrets.first else { return value }
            guard secrets.count == 1, place.upperBound < bytes.count, bytes[place.upperBound] == UInt8(ascii: "@")
            else { return nil }
            bytes.removeSubrange(place.lowerBound...place.upperBound)
            return String(decoding: bytes, as: UTF8.self)
        }
    }

    /// The line of some words, as it is read back; `nil` when one of them cannot be written into a line.
    static func line(of words: [String]?) -> [UInt8]? {
        guard let words else { return nil }
        var line: [UInt8] = []
        for word in words {
            let bytes = Array(word.utf8)
            guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
            if !line.isEmpty { line.append(UInt8(ascii: " ")) }
            let isPlain = !bytes.isEmpty && !bytes.contains { " \"'#".utf8.contains($0) }
            if isPlain {
                line += bytes
                continue
            }
            let quote = bytes.contains(UInt8(ascii: "\"")) ? UInt8(ascii: "'") : UInt8(ascii: "\"")
            guard !bytes.contains(quote) else { return nil }
            line += [quote] + bytes + [quote]
        }
        return line
    }
}
