import RwatchKit

/// A mistake in an expression of the command line.
struct SelectionError: Error {
    /// The option that took the expression.
    let option: String
    let mistake: ExpressionError
}
