/// What is wrong with the options about the form of events.
package enum ShapeError: Error, Equatable {
    /// Options that make no sense together, or not with the command; in words.
    case conflict(String)
    /// A mistake in the text that an option takes.
    case mistake(option: String, ExpressionError)
}
