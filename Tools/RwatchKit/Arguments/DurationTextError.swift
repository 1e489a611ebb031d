/// Why a text is not a duration; carries the text as it was typed.
package enum DurationTextError: Error, Equatable, CustomStringConvertible {
    /// Nothing was given.
    case empty
    /// It does not begin with digits, or a point has no digits on one side.
    case notANumber(String)
    /// What follows the number is not `ms`, `s`, `m` or `h`.
    case unknownUnit(String)
    /// More than twelve digits, or more than nine decimals.
    case outOfRange(String)

    /// One line for the user.
    package var description: String {
        switch self {
        case .empty: "a duration is missing (examples: 10s, 1.5s, 500ms, 2m, 1h)"
        case .notANumber(let text): "'\(text)' is not a duration (examples: 10s, 1.5s, 500ms, 2m, 1h)"
        case .unknownUnit(let text): "'\(text)' has an unknown unit (known: ms, s, m, h)"
        case .outOfRange(let text): "'\(text)' is too long or too fine for a duration"
        }
    }
}
