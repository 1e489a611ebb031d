/// What was found in a recording, and what of it is sent. A plain value.
package struct ReplayCounts: Sendable, Equatable {
    /// The lines, all of them.
    package var lines = 0
    /// The lines that are commands or messages.
    package var recorded = 0
    /// The lines that were passed on to be sent.
    package var planned = 0
    private var skipped = [Int](repeating: 0, count: ReplaySkip.allCases.count)
    private var problems = [Int](repeating: 0, count: LineProblem.allCases.count)
    /// How many gaps the recording tells of.
    package var gaps = 0
    /// How many events were dropped when the recording was made.
    package var dropped = 0

    package init() {}

    /// Counts lines that are not sent.
    mutating func skip(_ reason: ReplaySkip, _ count: Int = 1) { skipped[reason.rawValue] += count }

    /// Counts a line that cannot be used.
    mutating func note(_ problem: LineProblem) { problems[problem.rawValue] += 1 }

    /// How many lines were not sent for that reason.
    package subscript(reason: ReplaySkip) -> Int { skipped[reason.rawValue] }

    /// How many lines have that problem.
    package subscript(problem: LineProblem) -> Int { problems[problem.rawValue] }

    /// The lines that are not sent, for any reason.
    package var skippedCount: Int { skipped.reduce(0, +) }

    /// The lines that cannot be used.
    package var unreadableCount: Int { problems.reduce(0, +) }

    /// The first reason for which `--strict` ends: a line that cannot be used, or a redacted command.
    var firstBreach: String? {
        if let problem = LineProblem.allCases.first(where: { self[$0] > 0 }) { return "a line \(problem.words)" }
        return self[.redacted] > 0 ? "a command that the server has redacted" : nil
    }
}
