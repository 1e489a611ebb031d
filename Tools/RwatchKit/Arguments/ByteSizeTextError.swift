/// Why a text is not a size; carries the text as it was typed.
package enum ByteSizeTextError: Error, Equatable, CustomStringConvertible {
    /// The text does not begin with digits.
    case notASize(String)
    /// What follows the number is not a unit.
    case unknownUnit(String)
    /// The number of bytes is too large.
    case outOfRange(String)

    /// One line for the user.
    package var description: String {
        switch self {
        case .notASize(let text): "'\(text)' is not a size (examples: 32mb, 512kb, 1gb, 1048576)"
        case .unknownUnit(let text): "'\(text)' has an unknown unit (known: b, k, kb, m, mb, g, gb)"
        case .outOfRange(let text): "'\(text)' is too large"
        }
    }
}
