/// Why a text is not a duration; carries the text as it was typed.
package enum DurationTextError: Error, Equatable, CustomStringConvertible {
    /// Nothing was given.
    case empty
    /// It does not begin with digits, a point has no digits on one side, or a part before the last has decimals.
    case notANumber(String)
    /// What follows a number is not `ms`, `s`, `m`, `h` or `d`, or is missing where there are several parts.
    case unknownUnit(String)
    /// A part has no smaller unit than the one before.
    case wrongOrder(String)
    /// More than twelve digits, or more than nine decimals.
    case outOfRange(String)

    /// One line for the user.
    package var description: String {
        switch self {
        case .empty: "a duration is missing (examples: 10s, 1.5s, 500ms, 2m, 1h, 1d, 1m30s)"
        case .notANumber(let text): "'\(text)' is not a duration (examples: 10s, 1.5s, 500ms, 2m, 1h, 1d, 1m30s)"
        case .unknownUnit(let text): "'\(text)' has an unknown unit (known: ms, s, m, h, d)"
        case .wrongOrder(let text): "'\(text)' has its units in the wrong order (example: 1h30m)"
        case .outOfRange(let text): "'\(text)' is too long or too fine for a duration"
        }
    }
}
