/// Flags of `notify-keyspace-events` as `--enable` takes them.
package enum EnableFlags {
    /// Whether a word after `--enable` is its value and not a pattern of keys: only flags, with a K or an E among them.
    /// `--enable=…` accepts any value.
    package static func isValue(_ word: String) -> Bool {
        word.utf8.allSatisfy { known.contains($0) } && word.utf8.contains { "KE".utf8.contains($0) }
    }

    /// The first character that is a flag of no server known here.
    package static func unknown(in flags: String) -> Character? {
        flags.first { character in !character.utf8.allSatisfy { known.contains($0) || ofSubkeys.contains($0) } }
    }

    private static let known = Set("AKEg$lshzxetdmnoca".utf8)
    /// The flags of subkeys (Redis 8.8), which would be taken for a pattern too easily.
    private static let ofSubkeys = Set("STIV".utf8)
}
