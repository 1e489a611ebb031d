/// One line of a check: what was looked at, how it is, and what to do about it.
package struct Finding: Sendable, Equatable {
    /// How it is.
    package enum Verdict: String, Sendable {
        /// As it should be.
        case ok
        /// Worth knowing.
        case note
        /// Something that may do harm, or that will not work in some case.
        case warning
        /// Something that does not work.
        case wrong
    }

    /// What was looked at, in one word.
    package var subject: String
    package var verdict: Verdict
    package var text: String

    package init(_ subject: String, _ verdict: Verdict, _ text: String) {
        self.subject = subject
        self.verdict = verdict
        self.text = text
    }
}
