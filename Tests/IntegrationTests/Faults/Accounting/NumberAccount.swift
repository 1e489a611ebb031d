/// Whether everything that was published is accounted for: delivered once and in order, or covered by a record that
/// stands in its place.
struct NumberAccount {
    /// What was published on one stream: the numbers from 1 to `last`.
    struct Stream: Sendable {
        var last = 0
        /// Numbers of which nobody knows whether the server took them: its answer never came.
        var uncertain: Set<Int> = []
    }

    /// Numbers that are missing between two that were delivered, and that no gap explains. They must be among what was
    /// dropped between these places of the stream of events.
    private struct Claim {
        var after: Int
        var before: Int
        var count: Int
        var stream: String
    }

    /// What is wrong, in words; nothing if all is accounted for.
    static func complaints(_ entries: [Ledger.Entry], _ published: [String: Stream]) -> [String] {
        var complaints: [String] = []
        var claims: [Claim] = []
        var last: [String: (number: Int, position: Int)] = [:]
        var lastGap = -1
        for (position, entry) in entries.enumerated() {
            switch entry {
            case .gap: lastGap = position
            case .drop: break
            case .number(let stream, let number):
                let before = last[stream] ?? (0, -1)
                last[stream] = (number, position)
                guard let facts = published[stream], number <= facts.last else {
                    complaints.append("\(stream) \(number) was never published")
                    continue
                }
                guard number > before.number else {
                    complaints.append("\(stream) \(number) came after \(before.number)")
                    continue
                }
                let missing = (before.number + 1..<number).count { !facts.uncertain.contains($0) }
                // A gap between the two covers whatever is missing.
                guard missing > 0, lastGap <= before.position else { continue }
                claims.append(Claim(after: before.position, before: position, count: missing, stream: stream))
            }
        }
        for (stream, facts) in published.sorted(by: { $0.key < $1.key }) {
            let end = last[stream] ?? (0, -1)
            guard end.number < facts.last, lastGap <= end.position else { continue }
            let missing = (end.number + 1...facts.last).count { !facts.uncertain.contains($0) }
            if missing > 0 { complaints.append("\(stream) ends with \(end.number); \(missing) more were published") }
        }
        return complaints + settle(claims, entries)
    }

    /// Gives each drop to the claims around it, the most urgent first. That finds a way if there is one.
    private static func settle(_ claims: [Claim], _ entries: [Ledger.Entry]) -> [String] {
        var upcoming = claims.sorted { $0.after > $1.after }
        var open: [Claim] = []
        var unsettled: [Claim] = []
        for (position, entry) in entries.enumerated() {
            guard case .drop(var count) = entry else { continue }
            while let next = upcoming.last, next.after < position { open.append(upcoming.removeLast()) }
            open.sort { $0.before < $1.before }
            while let first = open.first {
                guard first.before > position else {
                    unsettled.append(open.removeFirst())
                    continue
                }
                let taken = min(count, first.count)
                count -= taken
                open[0].count -= taken
                if open[0].count > 0 { break }
                open.removeFirst()
            }
        }
        return (unsettled + open + upcoming).map { claim in
            "\(claim.count) of \(claim.stream) are missing between entries \(claim.after) and \(claim.before), "
                + "and no record there covers them"
        }
    }
}
