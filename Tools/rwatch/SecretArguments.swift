import Reactor

/// Keeps passwords of the command line out of the process list, as early as a process can.
enum SecretArguments {
    /// Overwrites the values of `-a` and `--pass`, and what stands before the `@` of a URL. `arguments` are those after
    /// the program's name.
    static func hide(_ arguments: [String]) {
        for (position, argument) in arguments.enumerated() {
            let bytes = Array(argument.utf8)
            let previous = position > 0 ? arguments[position - 1] : ""
            if previous == "-a" || previous == "--pass" {
                ThisProcess.hideArgument(position + 1, 0..<bytes.count)
            } else if argument.hasPrefix("--pass=") {
                ThisProcess.hideArgument(position + 1, 7..<bytes.count)
            } else if argument.hasPrefix("-a") {
                ThisProcess.hideArgument(position + 1, 2..<bytes.count)
            } else if argument.contains("://"), let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
                let start = (bytes.firstIndex(of: UInt8(ascii: "/")) ?? 0) + 2
                if start < at { ThisProcess.hideArgument(position + 1, start..<at) }
            }
        }
    }
}
