/// Numbers and lists for people.
enum Words {
    /// `1 channel`, `2 channels`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

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
