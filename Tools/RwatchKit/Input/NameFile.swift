package import RedisCore
package import RedisRESP

/// A file of names for `--names-from`.
package enum NameFile {
    /// The lines of the file, or of standard input when the path is `-`, byte for byte without their line feeds. Empty
    /// lines are skipped.
    package static func read(_ path: RedisBytes) throws(RedisError) -> [RedisBytes] {
        var input = try LineInput(path: path)
        var names: [RedisBytes] = []
        while let line = try input.nextLine() {
            if !line.isEmpty { names.append(line) }
        }
        return names
    }
}
