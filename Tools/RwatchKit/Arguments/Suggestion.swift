/// Finds the word that a user probably meant.
package enum Suggestion {
    /// The known word nearest to `word`; `nil` when none is near: at most two edits away (one for words of up to three
    /// letters), or beginning with it. Of equally near words the first wins. Case and leading dashes do not count.
    package static func closest(to word: String, among known: some Sequence<String>) -> String? {
        let typed = letters(of: word)
        guard !typed.isEmpty else { return nil }
        // There must be fewer edits than letters, because otherwise any letter would be near to any other.
        let limit = min(typed.count <= 3 ? 1 : 2, typed.count - 1)
        var best: (word: String, distance: Int)?
        for candidate in known {
            let target = letters(of: candidate)
            // A beginning counts as one edit, however much is missing.
            let distance = target.starts(with: typed) ? min(1, target.count - typed.count) : edits(typed, target)
            guard distance <= limit || target.starts(with: typed) else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// The Damerau-Levenshtein distance (optimal string alignment): inserts, deletes, replacements and swaps of
    /// neighbours.
    package static func edits(_ first: some Collection<Character>, _ second: some Collection<Character>) -> Int {
        let first = Array(first)
        let second = Array(second)
        var beforeLast: [Int] = []
        var last = Array(0...second.count)
        for row in first.indices {
            var current = [row + 1]
            for column in second.indices {
                let replaced = last[column] + (first[row] == second[column] ? 0 : 1)
                var cost = min(last[column + 1] + 1, current[column] + 1, replaced)
                if row > 0, column > 0, first[row] == second[column - 1], first[row - 1] == second[column] {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[second.count]
    }

    private static func letters(of word: String) -> [Character] {
        Array(word.lowercased().drop { $0 == "-" })
    }
}
