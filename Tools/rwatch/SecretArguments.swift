import RedisReactor
import RwatchKit

/// Keeps passwords of the command line and of the environment out of the process list, as early as possible.
enum SecretArguments {
    /// Reads the command line, and overwrites its secret parts in place before anything is thrown. `arguments` are
    /// those after the program's name, byte for byte, so that their positions are those in memory.
    static func arrange(_ arguments: [[UInt8]]) throws(ArgumentOrderError) -> ArrangedArguments {
        var secrets = SecretPlaces()
        defer { for place in secrets.all { ThisProcess.hideArgument(place.argument + 1, place.bytes) } }
        return try ArgumentOrder(commands: CommandTable.rules).arrange(arguments, secrets: &secrets)
    }

    /// Removes the variables that may contain a password from the environment, because `/proc` shows it to the same
    /// user and to root, and child processes inherit it.
    static func hideEnvironment() {
        for name in ["REDISCLI_AUTH", "RWATCH_KEY_PASS", "RWATCH_URL"] { ThisProcess.hideEnvironment(name) }
    }

    /// The text of a usage error without values that must not be repeated: passwords, and texts that begin like an
    /// option.
    static func redacted(_ text: String, _ words: [String]) -> String {
        var text = text
        for (position, word) in words.enumerated() {
            let previous = position > 0 ? words[position - 1] : ""
            var values = previous == "-a" || previous == "--pass" ? [word] : []
            if word.utf8.starts(with: "--".utf8), let equals = word.utf8.firstIndex(of: UInt8(ascii: "=")) {
                let value = Substring(word.utf8[word.utf8.index(after: equals)...])
                if value.utf8.first == UInt8(ascii: "-") { values.append(String(value)) }
            }
            for value in values { text = text.replacing("'\(value)'", with: "'…'") }
        }
        return text
    }
}
