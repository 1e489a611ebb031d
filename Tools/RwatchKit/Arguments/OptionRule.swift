/// An option of the command line: how it is spelled, and what belongs to it.
package struct OptionRule: Sendable {
    /// What follows an option.
    package enum Value: Sendable {
        /// Nothing.
        case none
        /// A text, which the argument parser reads.
        case text
        /// Any bytes, such as a name or a path, which the argument parser never sees.
        case bytes
        /// A text that may be left out: the next word belongs to the option only when it is one that `accepts` takes.
        case optional(default: String, accepts: @Sendable (String) -> Bool)
    }

    /// What of a value the list of processes must not show.
    package enum Secrecy: Sendable {
        /// Nothing, unless the value looks like a URL.
        case none
        /// All of it.
        case whole
        /// What a URL keeps secret, or all of it when it is none.
        case url
        /// What stands before an `@`, where nothing belongs.
        case host
    }

    /// Every spelling, dashes included; the last is the one that the argument parser gets.
    package let names: [String]
    package let value: Value
    package let secrecy: Secrecy

    /// Describes an option.
    package init(_ names: String..., value: Value = .none, secrecy: Secrecy = .none) {
        self.names = names
        self.value = value
        self.secrecy = secrecy
    }

    /// Its proper name.
    package var name: String { names[names.count - 1] }
}
