import Reactor

/// Keeps passwords of the command line out of the process list, as early as a process can.
enum SecretArguments {
    /// Overwrites the values of `-a` and `--pass`, and what stands before the `@` of a URL, well formed or not. `arguments`
    /// are those after the program's name.
    ///
    /// The environment stays as it is: the system shows it to the same user only.
    static func hide(_ arguments: [String]) {
        for (position, argument) in arguments.enumerated() {
            let bytes = Array(argument.utf8)
            let previous = position > 0 ? arguments[position - 1] : ""
            if let start = passwordStart(argument) {
                ThisProcess.hideArgument(position + 1, start..<bytes.count)
            } else if previous.hasPrefix("--pass") && !previous.contains("=")
                || passwordStart(previous) == previous.utf8.count
            {
                ThisProcess.hideArgument(position + 1, 0..<bytes.count)
            } else if previous == "-u" || previous == "--uri" || argument.hasPrefix("-u")
                || argument.hasPrefix("--uri=")
                || argument.contains("://"), let at = bytes.lastIndex(of: UInt8(ascii: "@"))
            {
                let start = bytes.firstIndex(of: UInt8(ascii: "/")).map { min($0 + 2, at) } ?? 0
                ThisProcess.hideArgument(position + 1, start..<at)
            }
            // The Sentinels' own, among the options of a URL.
            if let secret = argument.firstRange(of: "sentinel_password=") {
                let start = argument.utf8.distance(from: argument.startIndex, to: secret.upperBound)
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
                ThisProcess.hideArgument(position + 1, start..<end)
            }
        }
    }

    /// Where the password begins in an argument that is, or begins with, an option that takes one; that is at its end when
    /// the password is the next argument.
    private static func passwordStart(_ argument: String) -> Int? {
        if argument.hasPrefix("--pass"), let equals = argument.utf8.firstIndex(of: UInt8(ascii: "=")) {
            return argument.utf8.distance(from: argument.utf8.startIndex, to: equals) + 1
        }
        // Flags may stand in front: -3a.
        guard argument.hasPrefix("-") else { return nil }
        let flags = argument.dropFirst().prefix { $0 == "2" || $0 == "3" }
        guard argument.dropFirst(1 + flags.count).first == "a" else { return nil }
        return flags.utf8.count + 2
    }
}
