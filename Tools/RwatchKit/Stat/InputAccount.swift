/// What became of the lines of recordings, so that none is left out in silence. A plain value.
package struct InputAccount: Sendable, Equatable {
    package var lines = 0
    /// Empty lines, and the `OK` with which MONITOR begins.
    package var blanks = 0
    /// Events that the selection leaves out.
    package var unselected = 0
    /// Records of gaps and drops, which are lines too.
    package var records = 0
    private var problems = Array(repeating: 0, count: LineProblem.allCases.count)

    package init() {}

    package mutating func note(_ problem: LineProblem) { problems[problem.rawValue] += 1 }

    /// How many lines have that problem.
    package subscript(problem problem: LineProblem) -> Int { problems[problem.rawValue] }

    /// How many lines cannot be used.
    package var unreadable: Int { problems.reduce(0, +) }
}
