import Reactor

/// Keeps passwords of the command line out of the process list, as early as a process can.
enum SecretArguments {
    /// Overwrites the values of `-a` and `--pass`, and what stands before the `@` of a URL, well formed or not. `arguments`
    /// are those after the program's name, byte for byte, so that their places are those in memory.
    ///
    /// The environment stays as it is: the system shows it to the same user only.
    static func hide(_ arguments: [[UInt8]]) {
        for (position, bytes) in arguments.enumerated() {
            let previous = position > 0 ? arguments[position - 1] : []
            if let start = passwordStart(bytes) {
                ThisProcess.hideArgument(position + 1, start..<bytes.count)
            } else if previous.starts(with: "--pass".utf8) && !previous.contains(UInt8(ascii: "="))
                || passwordStart(previous) == previous.count
            {
                ThisProcess.hideArgument(position + 1, 0..<bytes.count)
            } else if isURL(bytes, after: previous), let at = bytes.lastIndex(of: UInt8(ascii: "@")) {
                let start = bytes.firstIndex(of: UInt8(ascii: "/")).map { min($0 + 2, at) } ?? 0
                ThisProcess.hideArgument(position + 1, start..<at)
            }
            // The Sentinels' own, among the options of a URL.
            if let start = end(of: "sentinel_password=", in: bytes) {
                let end = bytes[start...].firstIndex(of: UInt8(ascii: "&")) ?? bytes.count
                ThisProcess.hideArgument(position + 1, start..<end)
            }
        }
    }

    private static func isURL(_ bytes: [UInt8], after previous: [UInt8]) -> Bool {
        previous == Array("-u".utf8) || previous == Array("--uri".utf8) || bytes.starts(with: "-u".utf8)
            || bytes.starts(with: "--uri=".utf8) || end(of: "://", in: bytes) != nil
    }

    /// Where the password begins in an argument that is, or begins with, an option that takes one; that is at its end when
    /// the password is the next argument.
    private static func passwordStart(_ bytes: [UInt8]) -> Int? {
        if bytes.starts(with: "--pass".utf8), let equals = bytes.firstIndex(of: UInt8(ascii: "=")) { return equals + 1 }
        guard bytes.first == UInt8(ascii: "-") else { return nil }
        // Flags may stand in front: -c3a.
        let place = bytes.dropFirst().firstIndex { !"23c".utf8.contains($0) }
        guard let place, bytes[place] == UInt8(ascii: "a") else { return nil }
        return place + 1
    }

    /// Where the first `part` ends.
    private static func end(of part: StaticString, in bytes: [UInt8]) -> Int? {
        let part = Array("\(part)".utf8)
        guard bytes.count >= part.count else { return nil }
        return (0...(bytes.count - part.count)).first { bytes[$0...].starts(with: part) }.map { $0 + part.count }
    }
}
