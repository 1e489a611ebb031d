import RedisRESP

/// Numbers and lists for people.
enum Words {
    /// `1 channel`, `2 channels`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// `was` for one, `were` for several.
    static func were(_ count: Int) -> String { count == 1 ? "was" : "were" }

    /// `12 bytes`, `1.5kb`, `32mb`, as redis.conf spells sizes.
    static func size(_ bytes: Int) -> String {
        for (unit, factor) in [("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10)] where bytes >= factor {
            return bytes % factor == 0
                ? "\(bytes / factor)\(unit)" : "\(bytes / factor).\(bytes % factor * 10 / factor)\(unit)"
        }
        return bytes.inBytes
    }

    /// ` in database 1`, ` in databases 0 and 3`, or nothing.
    static func databases(_ numbers: [Int]) -> String {
        numbers.isEmpty ? "" : " in database\(numbers.count == 1 ? "" : "s") \(list(numbers.map(String.init)))"
    }

    /// `a, b and c`.
    static func list(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " and \(last)"
    }
}
