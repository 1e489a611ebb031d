/// An option of the command line: its spellings and its value.
package struct OptionRule: Sendable {
    /// The value of an option.
    package enum Value: Sendable {
        /// The option has no value.
        case none
        /// A text, which the argument parser reads.
        case text
        /// Any bytes, such as a name or a path, which the argument parser never sees.
        case bytes
        /// An optional text: the next word is the value only if `accepts` returns `true`.
        case optional(default: String, accepts: @Sendable (String) -> Bool)
    }

    /// The part of a value that the process list must not show.
    package enum Secrecy: Sendable {
        /// Nothing, unless the value looks like a URL.
        case none
        /// All of it.
        case whole
        /// The secret parts of a URL, or everything if it cannot be read.
        case url
        /// The text before an `@`, because a host contains none.
        case host
    }

    /// All spellings, with their dashes. The argument parser gets the last one.
    package let names: [String]
    package let value: Value
    package let secrecy: Secrecy

    /// Describes an option.
    package init(_ names: String..., value: Value = .none, secrecy: Secrecy = .none) {
        self.names = names
        self.value = value
        self.secrecy = secrecy
    }

    /// The proper name of the option.
    package var name: String { names[names.count - 1] }
}
